#pragma once

#include <filesystem>

#include "base/result.h"
#include "store/model_path.h"

namespace hearth::server {

/// Where this user's conversations and keys are kept: hearth in $XDG_DATA_HOME, or else in ~/.local/share.
/// Error: kNotFound where neither is known.
Result<std::filesystem::path> data_folder(const Environment& environment);

/// Where this user's files are that may be lost: hearth in $XDG_CACHE_HOME, or else in ~/.cache. Error:
/// kNotFound where neither is known.
Result<std::filesystem::path> cache_folder(const Environment& environment);

/// Where this user's history is: hearth in $XDG_STATE_HOME, or else in ~/.local/state. Error: kNotFound where
/// neither is known.
Result<std::filesystem::path> state_folder(const Environment& environment);

}  // namespace hearth::server
