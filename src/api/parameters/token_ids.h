#pragma once

#include <vector>

#include "api/call/json.h"
#include "text/tokenizer/vocab.h"

namespace hearth::api {

/// The ids of a validated array.
std::vector<TokenId> read_token_ids(const Json& ids);

}  // namespace hearth::api
