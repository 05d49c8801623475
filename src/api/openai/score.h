#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// POST /v1/score, as vLLM has it: a score for each pair of texts. Errors: kInvalidArgument naming the
/// parameter, kContextOverflow.
ParameterList score_parameters();
Result<std::unique_ptr<Exchange>> make_score(const Json& body, const ApiCall& call);

}  // namespace hearth::api
