#include "store/model_path.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <sys/stat.h>

#include "base/system_error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".gguf";
constexpr int kMaxDepth = 4;
constexpr size_t kMaxListed = 10;

/// The folder of an XDG variable, or its default under the home folder.
std::optional<fs::path> xdg_folder(const Environment& environment, const char* variable,
                                   const char* fallback) {
  if (const auto value = environment(variable)) return fs::path(*value);
  if (const auto home = environment("HOME")) return fs::path(*home) / fallback;
  return std::nullopt;
}

/// Parts of a split set beyond the first: NAME-00002-of-00003.gguf.
bool is_later_part(std::string_view stem) {
  const size_t of = stem.rfind("-of-");
  if (of == std::string_view::npos || of < 6) return false;
  const std::string_view number = stem.substr(of - 5, 5);
  return stem[of - 6] == '-' && number.find_first_not_of("0123456789") == std::string_view::npos &&
         number != "00001";
}

/// What the store keeps its own files in.
bool is_of_store(const fs::path& name) {
  return name == "blobs" || name == "manifests" || name == "snapshots" || name == "claims";
}

void list_folder(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry.depth() >= kMaxDepth || (entry.depth() == 0 && is_of_store(entry->path().filename()))) {
      entry.disable_recursion_pending();
    }
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || entry->path().extension() != kExtension) continue;
    if (is_later_part(entry->path().stem().string())) continue;
    names.push_back(entry->path().lexically_relative(folder).generic_string());
  }
}

/// Whether there is something; an error where that cannot be told: a folder on the way is closed to us.
Result<bool> is_there(const fs::path& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) return false;
  return system_error(errno, "open " + path.string());
}

std::string joined(const std::vector<std::string>& items, size_t limit) {
  std::string text;
  for (size_t i = 0; i < std::min(items.size(), limit); ++i) text.append(i > 0 ? ", " : "").append(items[i]);
  if (items.size() > limit) text += fmt::format(" and {} more", items.size() - limit);
  return text;
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

bool is_model(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) || fs::is_regular_file(path / "config.json", error);
}

std::optional<fs::path> store_folder(const Environment& environment) {
  for (const char* variable : {"HEARTH_MODELS", "OLLAMA_MODELS"}) {
    if (const auto folder = environment(variable)) return *folder;
  }
  const auto data = xdg_folder(environment, "XDG_DATA_HOME", ".local/share");
  return data ? std::optional(*data / "hearth" / "models") : std::nullopt;
}

std::vector<fs::path> model_folders(const Environment& environment) {
  std::vector<fs::path> folders;
  if (auto store = store_folder(environment)) folders.push_back(*std::move(store));
  if (const auto cache = xdg_folder(environment, "XDG_CACHE_HOME", ".cache"))
    folders.push_back(*cache / "hearth");
  return folders;
}

std::vector<std::string> list_models(const Environment& environment) {
  std::vector<std::string> names;
  for (const fs::path& folder : model_folders(environment)) list_folder(folder, names);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<fs::path> resolve_model(std::string_view model, const Environment& environment) {
  if (model.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give the path or the name of a .gguf file",
                     "no model is named");
  }
  const fs::path path(model);
  if (TRY(is_there(path))) return path;
  std::vector<std::string> looked;
  if (path.is_relative()) {
    for (const fs::path& folder : model_folders(environment)) {
      for (const fs::path& candidate :
           {folder / path, fs::path((folder / path).string() + std::string(kExtension))}) {
        if (TRY(is_there(candidate)) && is_model(candidate)) return candidate;
      }
      looked.push_back(folder.string());
    }
  }
  const std::vector<std::string> names = list_models(environment);
  const std::string remedy =
      names.empty() ? "give the path of a .gguf file, or put one there (HEARTH_MODELS names another folder)"
                    : "there is: " + joined(names, kMaxListed);
  if (looked.empty()) return fail_hint(ErrorCode::kNotFound, remedy, "there is no file {}", model);
  return fail_hint(ErrorCode::kNotFound, remedy, "there is no file {}, here or in {}", model,
                   joined(looked, looked.size()));
}

}  // namespace hearth
