#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace hearth {

/// The files of the model that `path` belongs to: all parts of a set named NAME-00001-of-00003.gguf, in
/// order, or `path` alone. Nothing is opened. Error: kCorruptData for a part number beyond the count.
Result<std::vector<std::filesystem::path>> split_file_paths(const std::filesystem::path& path);

}  // namespace hearth
