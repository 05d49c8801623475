#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/constrain/model_tokens.h"

namespace hearth {

/// A mark of a chat template as a completion's tokens: control tokens where it names them. Empty where the
/// vocabulary cannot spell it.
std::vector<TokenId> mark_tokens(std::string_view mark, const ModelTokens& tokens);

/// A mark as the bytes of its tokens (TokenTable): control tokens by their bytes, other text as it is.
std::string mark_bytes(std::string_view mark, const ModelTokens& tokens);

}  // namespace hearth
