#pragma once

#include <span>
#include <string_view>

#include "base/sha256.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Names what a KV block holds: its tokens, all tokens before them, and the salt they were computed under.
using BlockKey = Sha256Digest;

BlockKey root_key(std::string_view salt);
BlockKey child_key(const BlockKey& parent, std::span<const TokenId> tokens);

}  // namespace hearth
