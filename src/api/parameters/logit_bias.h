#pragma once

#include <utility>
#include <vector>

#include "api/parameters/parameter_reader.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::api {

/// Reads `logit_bias`: {"ID or text": bias} or [[id or text, bias], ...]. A bias of `false` forbids. A text
/// stands for each of its tokens. Errors: kInvalidArgument.
Status read_logit_bias(ParameterReader& reader, const Tokenizer& tokenizer,
                       std::vector<std::pair<TokenId, float>>& out);

}  // namespace hearth::api
