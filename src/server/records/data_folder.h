#pragma once

#include <filesystem>

#include "base/result.h"
#include "store/model_path.h"

namespace hearth::server {

/// The folder of this user's conversations and keys: hearth in $XDG_DATA_HOME, or else in ~/.local/share.
/// Error: kNotFound where neither is known.
Result<std::filesystem::path> data_folder(const Environment& environment);

/// The folder of this user's caches: hearth in $XDG_CACHE_HOME, or else in ~/.cache. Error:
/// kNotFound where neither is known.
Result<std::filesystem::path> cache_folder(const Environment& environment);

/// The folder of this user's history: hearth in $XDG_STATE_HOME, or else in ~/.local/state. Error: kNotFound
/// where neither is known.
Result<std::filesystem::path> state_folder(const Environment& environment);

}  // namespace hearth::server
