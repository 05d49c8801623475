#pragma once

#include <utility>
#include <vector>

#include "api/parameters/parameters.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::api {

/// `logit_bias`: {"ID or text": bias} or [[id or text, bias], ...]. A bias of `false` forbids. A text
/// means each of its tokens.
extern const Parameter kLogitBias;

/// Errors: kInvalidArgument for ids outside the vocabulary and for too many tokens.
Status read_logit_bias(Parameters& parameters, const Tokenizer& tokenizer,
                       std::vector<std::pair<TokenId, float>>& out);

}  // namespace hearth::api
