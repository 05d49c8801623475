#include "formats/huggingface/tensors/dense_modules.h"

#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "formats/model/config_keys.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kMaxBytes = size_t(1) << 20;
constexpr size_t kMaxModules = 64;
constexpr int kFirstNumber = 2;
constexpr const char* kModules = "modules.json";

std::unexpected<Error> damaged(const std::string& file, std::string_view what) {
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} {}", file, what);
}

/// Nothing where there is no such file.
Result<std::optional<Json>> read_json(const fs::path& folder, const std::string& name) {
  std::error_code error;
  if (!fs::exists(folder / name, error)) return std::nullopt;
  Json json = Json::parse(TRY(read_file(folder / name, kMaxBytes)), nullptr, false);
  if (json.is_discarded()) return damaged(name, "is no valid JSON");
  return std::optional(std::move(json));
}

/// A text of an object; nothing where it has none.
std::optional<std::string> text_of(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  const bool is_text = found != object.end() && found->is_string();
  return is_text ? std::optional(found->get<std::string>()) : std::nullopt;
}

}  // namespace

Result<std::vector<DenseModule>> open_dense_modules(const fs::path& folder) {
  std::vector<DenseModule> dense;
  const std::optional<Json> modules = TRY(read_json(folder, kModules));
  if (!modules) return dense;
  if (!modules->is_array() || modules->size() > kMaxModules)
    return damaged(kModules, "is no list of modules");
  for (const Json& module : *modules) {
    if (!text_of(module, "type").value_or("").ends_with(".Dense")) continue;
    const std::string path = text_of(module, "path").value_or("");
    if (path.empty() || path == "." || path == ".." || path.find_first_of("/\\") != path.npos)
      return damaged(kModules, "has a dense layer whose path is no name of a folder beside it");
    const std::string stem = fmt::format("dense_{}", kFirstNumber + int(dense.size()));
    dense.push_back({.weight = stem + ".weight",
                     .bias = stem + ".bias",
                     .file = TRY(SafetensorsFile::open(folder / path / "model.safetensors"))});
  }
  return dense;
}

}  // namespace hearth
