#include "server/models/loose_models.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/printable.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".gguf";
constexpr size_t kMaxNameSize = 512;

std::string_view without_suffix(std::string_view name) {
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return name;
}

/// Whether it leads to nothing but files below a folder.
bool stays_below(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameSize) return false;
  if (std::ranges::any_of(name, [](char c) { return uint8_t(c) < ' ' || c == '\\'; })) return false;
  const fs::path path(name);
  return path.is_relative() &&
         std::ranges::none_of(path, [](const fs::path& part) { return part.string().starts_with('.'); });
}

}  // namespace

FoundModel found_at(const fs::path& path) {
  FoundModel found{.name = path.stem().string(), .path = path};
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return found;
  found.modified = int64_t(info.st_mtime);
  if (S_ISREG(info.st_mode)) found.num_bytes = uint64_t(info.st_size);
  return found;
}

std::vector<FoundModel> LooseModels::list() const {
  std::vector<FoundModel> models;
  for (const std::string& name : list_models(environment_)) {
    if (auto found = find(name)) models.push_back(*std::move(found));
  }
  return models;
}

Result<FoundModel> LooseModels::find(std::string_view name) const {
  const std::string bare(without_suffix(name));
  if (stays_below(bare)) {
    for (const fs::path& folder : model_folders(environment_)) {
      const fs::path path = folder / (bare + std::string(kSuffix));
      std::error_code error;
      if (!fs::is_regular_file(path, error)) continue;
      FoundModel found = found_at(path);
      found.name = bare;
      return found;
    }
  }
  return fail(ErrorCode::kNotFound, "there is no model {}", quoted(name, 200));
}

}  // namespace hearth::server
