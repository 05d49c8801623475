#pragma once

#include <filesystem>

#include "base/result.h"
#include "store/model_path.h"

namespace hearth {

/// Where this user's state is kept: hearth in $XDG_DATA_HOME, or else in ~/.local/share. Error: kNotFound
/// where neither is known.
Result<std::filesystem::path> data_folder(const Environment& environment);

/// Where this user's files are that may be lost: hearth in $XDG_CACHE_HOME, or else in ~/.cache. Error:
/// kNotFound where neither is known.
Result<std::filesystem::path> cache_folder(const Environment& environment);

/// Makes the folder where it does not exist, for this user alone. Error: kIo.
Status make_private_folder(const std::filesystem::path& folder);

}  // namespace hearth
