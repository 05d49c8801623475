#pragma once

#include <string>
#include <vector>

#include "api/call/json.h"
#include "text/tokenizer/vocab.h"

namespace hearth::api {

/// Reads an array of ids of the vocabulary. Error: kInvalidArgument, the message begins with `path`.
Result<std::vector<TokenId>> read_token_ids(const Json& ids, const std::string& path, const Vocab& vocab);

}  // namespace hearth::api
