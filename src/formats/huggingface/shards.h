#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/safetensors/safetensors.h"

namespace hearth {

/// Names of tensors by the file that holds them.
using ShardIndex = std::map<std::string, std::vector<std::string>, std::less<>>;

/// A model.safetensors.index.json, whose files are all of its own folder. Errors: kCorruptData;
/// kResourceLimit.
Result<ShardIndex> parse_shard_index(std::string_view text);

/// The safetensors files of a checkpoint.
struct Shards {
  std::optional<MappedFile> index;     ///< nothing where there is one file
  std::vector<SafetensorsFile> files;  ///< by name
};

/// Opens model.safetensors, or all that model.safetensors.index.json names: files of the same folder, each
/// with exactly the tensors that the index says. Errors: those of `SafetensorsFile::open`; kNotFound where
/// there is neither, or a shard is missing; kCorruptData naming the tensor or the file that the index is
/// wrong about; kUnsupported for a folder that holds weights in another form.
Result<Shards> open_shards(const std::filesystem::path& folder);

}  // namespace hearth
