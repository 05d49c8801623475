#include "formats/huggingface/shards.h"

#include <string>
#include <string_view>

#include "base/printable.h"
#include "formats/huggingface/folder_contents.h"
#include "formats/huggingface/folder_file.h"
#include "formats/huggingface/json_keys.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kWhole = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr size_t kMaxIndexBytes = size_t(64) << 20;
constexpr size_t kMaxShards = 1024;  // the largest published have some 200
constexpr const char* kIncomplete = "download the whole folder again, from one place";

/// A name of a file in the same folder, whatever the system takes for a separator.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view kExtension = ".safetensors";
  return name.size() > kExtension.size() && name.size() <= 255 && name.ends_with(kExtension) &&
         name.front() != '.' && name.find_first_of(std::string_view("/\\:\0", 4)) == std::string_view::npos;
}

Status check_shard(const SafetensorsFile& file, const std::string& name,
                   const std::vector<std::string>& tensors) {
  for (const std::string& tensor : tensors) {
    if (file.find(tensor) != nullptr) continue;
    return fail_hint(ErrorCode::kCorruptData, kIncomplete, "{} says that {} holds tensor {}, but it does not",
                     kIndex, hearth::quoted(name), hearth::quoted(tensor));
  }
  if (file.tensors().size() == tensors.size()) return {};
  return fail_hint(ErrorCode::kCorruptData, kIncomplete, "{} holds {} tensors, but {} says that it holds {}",
                   hearth::quoted(name), file.tensors().size(), kIndex, tensors.size());
}

}  // namespace

Result<ShardIndex> parse_shard_index(std::string_view text) {
  const Json index = TRY(parse_json_object(text, kIndex));
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object() || map->empty()) {
    return fail_hint(ErrorCode::kCorruptData, kIncomplete, "{} has no weight_map", kIndex);
  }
  ShardIndex assignment;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file.get_ref<const std::string&>())) {
      return fail_hint(
          ErrorCode::kCorruptData, kIncomplete,
          "{} says that tensor {} lies in {}, which is no name of a .safetensors file of its folder", kIndex,
          hearth::quoted(tensor), hearth::quoted(file.is_string() ? file.get<std::string>() : file.dump()));
    }
    assignment[file.get<std::string>()].push_back(tensor);
  }
  if (assignment.size() <= kMaxShards) return assignment;
  return fail_hint(ErrorCode::kResourceLimit, "check where the folder comes from",
                   "{} names {} files, above the limit of {}", kIndex, assignment.size(), kMaxShards);
}

Result<Shards> open_shards(const fs::path& folder) {
  Shards shards;
  if (is_there(folder / kWhole)) {
    shards.files.push_back(TRY(SafetensorsFile::open(folder / kWhole)));
    return shards;
  }
  if (!is_there(folder / kIndex)) return no_model_in_folder(folder, kWhole);
  shards.index = TRY(MappedFile::open(folder / kIndex));
  if (shards.index->bytes().size() > kMaxIndexBytes) {
    return fail_hint(ErrorCode::kResourceLimit, "check where the folder comes from",
                     "{} has {} bytes, above the limit of {}", kIndex, shards.index->bytes().size(),
                     kMaxIndexBytes);
  }
  for (const auto& [name, tensors] : TRY(parse_shard_index(as_text(shards.index->bytes())))) {
    Result<SafetensorsFile> file = SafetensorsFile::open(folder / name);
    if (!file && file.error().code == ErrorCode::kNotFound) file.error().hint = kIncomplete;
    shards.files.push_back(TRY(std::move(file)));
    TRY(check_shard(shards.files.back(), name, tensors));
  }
  return shards;
}

}  // namespace hearth
