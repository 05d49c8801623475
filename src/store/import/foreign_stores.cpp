#include "store/import/foreign_stores.h"

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/printable.h"
#include "store/model_store.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxRefSize = 200;
constexpr std::string_view kRepositoryFolder = "models--", kInFolder = "--";

void add_below(std::vector<fs::path>& folders, const Environment& environment, const char* variable,
               const fs::path& below) {
  if (const auto folder = environment(variable)) folders.push_back(fs::path(*folder) / below);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    all.push_back(entry->path());
  }
  std::ranges::sort(all);
  return all;
}

std::vector<fs::path> weights_below(const fs::path& folder) {
  constexpr int kMaxDepth = 3;
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
    std::error_code ignored;
    if (small_letters(entry->path().extension().string()) == ".gguf" && entry->is_regular_file(ignored)) {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

void note(const LogSink& log, const fs::path& path, const Error& error) {
  log(LogLevel::kWarning, visible_line(fmt::format("{} is left out: {}", path.string(), error.message)));
}

std::vector<fs::path> ollama_folders(const Environment& environment) {
  std::vector<fs::path> folders;
  add_below(folders, environment, "OLLAMA_MODELS", "");
  add_below(folders, environment, "HOME", ".ollama/models");
  folders.emplace_back("/usr/share/ollama/.ollama/models");
  return folders;
}

std::vector<FoundFiles> find_ollama(const fs::path& folder, const LogSink& log) {
  std::vector<FoundFiles> models;
  const auto store = ModelStore::open(folder, log);
  if (!store) return models;
  for (const ModelName& name : (*store)->names()) {
    auto manifest = (*store)->manifest(name);
    if (!manifest) {
      note(log, name.text(), manifest.error());
      continue;
    }
    FoundFiles model{.name = name, .origin = manifest->origin};
    for (const Layer& layer : manifest->layers) {
      model.files.push_back({(*store)->blobs().path(layer.digest), layer.media_type, layer.name});
    }
    if (manifest->config) {
      model.files.push_back({(*store)->blobs().path(manifest->config->digest), manifest->config->media_type});
    }
    model.manifest = *std::move(manifest);
    models.push_back(std::move(model));
  }
  return models;
}

std::vector<fs::path> lm_studio_folders(const Environment& environment) {
  std::vector<fs::path> folders;
  add_below(folders, environment, "HOME", ".lmstudio/models");
  add_below(folders, environment, "HOME", ".cache/lm-studio/models");
  return folders;
}

/// A repository that lies in a folder: its GGUF files, or it itself.
void add_repository(const ModelName& repository, const std::string& origin, const fs::path& folder,
                    std::vector<FoundFiles>& models) {
  auto found = group_weights(weights_below(folder), origin, repository);
  std::ranges::move(found, std::back_inserter(models));
  std::error_code error;
  if (!fs::is_regular_file(folder / "config.json", error)) return;
  std::vector<FoundFile> files = folder_files(folder);
  const auto is_weights = [](const FoundFile& file) { return file.name.ends_with(".safetensors"); };
  if (std::ranges::none_of(files, is_weights)) return;
  models.push_back({.name = repository, .origin = origin, .files = std::move(files)});
}

Result<ModelName> repository_name(std::string_view user, std::string_view repository) {
  return ModelName::parse(fmt::format("{}/{}/{}", kHubHost, user, repository));
}

std::vector<FoundFiles> find_lm_studio(const fs::path& folder, const LogSink& log) {
  std::vector<FoundFiles> models;
  for (const fs::path& user : entries(folder)) {
    for (const fs::path& repository : entries(user)) {
      const auto name = repository_name(user.filename().string(), repository.filename().string());
      if (!name) {
        note(log, repository, name.error());
        continue;
      }
      add_repository(*name, name->text(), repository, models);
    }
  }
  return models;
}

std::vector<fs::path> hugging_face_folders(const Environment& environment) {
  std::vector<fs::path> folders;
  add_below(folders, environment, "HF_HUB_CACHE", "");
  add_below(folders, environment, "HF_HOME", "hub");
  add_below(folders, environment, "XDG_CACHE_HOME", "huggingface/hub");
  add_below(folders, environment, "HOME", ".cache/huggingface/hub");
  return folders;
}

/// The commit that is meant: that of "main", or the only one.
std::string commit_of(const fs::path& folder) {
  if (const auto ref = read_file(folder / "refs" / "main", kMaxRefSize)) {
    const std::string commit = ref->substr(0, ref->find_first_of(" \r\n"));
    std::error_code error;
    const bool is_name = commit.find('/') == std::string::npos && !commit.starts_with('.') && !commit.empty();
    if (is_name && fs::is_directory(folder / "snapshots" / commit, error)) return commit;
  }
  const std::vector<fs::path> all = entries(folder / "snapshots");
  return all.size() == 1 ? all.front().filename().string() : std::string();
}

std::vector<FoundFiles> find_hugging_face(const fs::path& folder, const LogSink& log) {
  std::vector<FoundFiles> models;
  for (const fs::path& cached : entries(folder)) {
    std::string id = cached.filename().string();
    if (!id.starts_with(kRepositoryFolder)) continue;
    id.erase(0, kRepositoryFolder.size());
    const size_t at = id.find(kInFolder);
    const std::string commit = commit_of(cached);
    // What has no user is not called so any more; what has no commit was never fetched whole.
    if (at == std::string::npos || commit.empty()) continue;
    const auto name = repository_name(id.substr(0, at), id.substr(at + kInFolder.size()));
    if (!name) {
      note(log, cached, name.error());
      continue;
    }
    ModelName origin = *name;
    origin.revision = commit;
    add_repository(*name, origin.text(), cached / "snapshots" / commit, models);
  }
  return models;
}

std::vector<fs::path> llama_cpp_folders(const Environment& environment) {
  std::vector<fs::path> folders;
  add_below(folders, environment, "LLAMA_CACHE", "");
  add_below(folders, environment, "XDG_CACHE_HOME", "llama.cpp");
  add_below(folders, environment, "HOME", ".cache/llama.cpp");
  return folders;
}

std::vector<FoundFiles> find_llama_cpp(const fs::path& folder, const LogSink&) {
  return group_weights(weights_below(folder), {}, {});
}

}  // namespace

const std::vector<ForeignStore>& foreign_stores() {
  static const std::vector<ForeignStore> kStores = {{"ollama", ollama_folders, find_ollama},
                                                    {"lmstudio", lm_studio_folders, find_lm_studio},
                                                    {"huggingface", hugging_face_folders, find_hugging_face},
                                                    {"llama.cpp", llama_cpp_folders, find_llama_cpp}};
  return kStores;
}

}  // namespace hearth
