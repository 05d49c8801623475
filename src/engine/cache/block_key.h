#pragma once

#include <string_view>

#include "base/sha256.h"
#include "engine/cache/prefix_text.h"

namespace hearth {

/// Names what a KV block holds: its tokens and contents, all those before them, and the salt and the adapter
/// that they were computed under.
using BlockKey = Sha256Digest;

BlockKey root_key(std::string_view salt, std::string_view adapter = {});
BlockKey child_key(const BlockKey& parent, const BlockText& text);

}  // namespace hearth
