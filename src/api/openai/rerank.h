#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// POST /v1/rerank, as Jina and Cohere have it: documents by their relevance to a query. Errors:
/// kInvalidArgument naming the parameter, kContextOverflow.
ParameterList rerank_parameters();
Result<std::unique_ptr<Exchange>> make_rerank(const Json& body, const ApiCall& call);

}  // namespace hearth::api
