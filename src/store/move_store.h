#pragma once

#include <filesystem>

#include "base/result.h"
#include "store/model_store.h"

namespace hearth {

/// Moves a store, with all else that is in its folder, and leaves a link in its place, by which it is found
/// as before. Between file systems it is copied and every blob read again before the old one goes. `to` must
/// not exist, or be an empty folder. Errors: kInvalidArgument, kNoSpace before anything is copied, kIo,
/// kCorruptData; the store is then where it was.
Status move_store(const ModelStore& store, const std::filesystem::path& to);

}  // namespace hearth
