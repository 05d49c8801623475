#include "store/import/found_files.h"

#include <algorithm>
#include <map>

#include "base/printable.h"
#include "base/system_error.h"
#include "store/content/layer_name.h"
#include "store/import/weights_file_name.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 3;
constexpr size_t kMaxNameBytes = 80;

/// Text as a part of a name: small letters, "-" for what it may not have.
std::string as_part(std::string_view text) {
  std::string part = small_letters(text.substr(0, kMaxNameBytes));
  for (char& c : part) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!is_plain) c = '-';
  }
  if (part.empty() || part.front() == '.' || part.front() == '-') part.insert(0, "model");
  return part;
}

ModelName name_of(const fs::path& file) {
  const WeightsFileName parts = read_weights_file_name(file.filename().string());
  ModelName name{.host = std::string(kDefaultRegistry), .space = std::string(kDefaultSpace)};
  name.model = as_part(parts.base);
  name.tag = parts.quantisation.empty() ? std::string(kDefaultTag) : as_part(parts.quantisation);
  return name;
}

bool is_weights(const fs::path& path) { return small_letters(path.extension().string()) == ".gguf"; }

std::vector<fs::path> weights_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (is_weights(entry->path()) && entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

bool is_of_folder(const fs::path& path) {
  const std::string name = path.filename().string(), suffix = small_letters(path.extension().string());
  return suffix == ".json" || suffix == ".safetensors" || suffix == ".model" || suffix == ".tiktoken" ||
         suffix == ".jinja" || name == "merges.txt" || name == "vocab.txt";
}

bool is_license(const fs::path& path) {
  const std::string stem = small_letters(path.stem().string());
  return stem == "license" || stem == "licence" || stem == "copying";
}

Result<std::vector<FoundFiles>> folder_model(const fs::path& folder) {
  FoundFiles model{.name = name_of(fs::weakly_canonical(folder).filename()), .files = folder_files(folder)};
  return std::vector{std::move(model)};
}

/// All parts of the split file that `file` is of.
std::vector<fs::path> with_other_parts(const fs::path& file) {
  const WeightsFileName wanted = read_weights_file_name(file.filename().string());
  if (wanted.num_parts == 1) return {file};
  const fs::path folder = file.has_parent_path() ? file.parent_path() : ".";
  std::vector<fs::path> parts;
  for (const fs::path& other : weights_in(folder)) {
    const WeightsFileName name = read_weights_file_name(other.filename().string());
    if (name.base == wanted.base && name.quantisation == wanted.quantisation &&
        name.num_parts == wanted.num_parts) {
      parts.push_back(other);
    }
  }
  return parts;
}

}  // namespace

std::vector<FoundFiles> group_weights(const std::vector<fs::path>& files, const std::string& origin,
                                      const ModelName& repository) {
  std::map<std::pair<std::string, std::string>, FoundFiles> models;
  std::vector<FoundFile> projectors;
  std::map<std::string, int> num_bases;
  for (const fs::path& file : files) {
    const WeightsFileName parts = read_weights_file_name(file.filename().string());
    if (parts.is_projector) {
      projectors.push_back({file, std::string(media_type::kProjector)});
      continue;
    }
    const auto [model, is_new] =
        models.try_emplace({parts.base, parts.quantisation}, FoundFiles{.name = repository});
    if (is_new) num_bases[small_letters(parts.quantisation)] += 1;
    model->second.origin = origin;
    model->second.files.push_back({file, std::string(media_type::kModel),
                                   parts.num_parts > 1 ? file.filename().string() : std::string()});
  }
  std::vector<FoundFiles> all;
  for (auto& [key, model] : models) {
    const fs::path& first = model.files.front().path;
    if (repository.source != ModelSource::kHub) {
      model.name = name_of(first);
    } else {
      // A quantisation that two files have does not tell them apart.
      const bool tells = !key.second.empty() && num_bases[small_letters(key.second)] == 1;
      model.name.tag = tells ? key.second : first.filename().string();
    }
    if (projectors.size() == 1) model.files.push_back(projectors.front());
    all.push_back(std::move(model));
  }
  return all;
}

std::vector<FoundFile> folder_files(const fs::path& folder) {
  std::vector<FoundFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
    std::error_code ignored;
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    if (!entry->is_regular_file(ignored) || !check_layer_name(name)) continue;
    if (is_of_folder(entry->path())) {
      files.push_back({entry->path(), std::string(media_type::kFile), name});
    } else if (entry.depth() == 0 && is_license(entry->path())) {
      files.push_back({entry->path(), std::string(media_type::kLicense)});
    }
  }
  std::ranges::sort(files, {}, &FoundFile::name);
  return files;
}

Result<std::vector<FoundFiles>> models_at(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return system_error(error ? error.value() : ENOENT, "open " + path.string());
  if (fs::is_regular_file(path / "config.json", error)) return folder_model(path);
  const bool is_folder = fs::is_directory(path, error);
  auto models = group_weights(is_folder ? weights_in(path) : with_other_parts(path), {}, {});
  if (!models.empty()) return models;
  return fail_hint(ErrorCode::kInvalidArgument,
                   "name a .gguf file, or a folder with config.json or .gguf files", "{} holds no model",
                   path.string());
}

}  // namespace hearth
