#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// POST /v1/embeddings: vectors, as floats or base64 of little-endian f32. Errors: kInvalidArgument and
/// kUnsupported naming the parameter, kContextOverflow.
ParameterList embedding_parameters();
Result<std::unique_ptr<Exchange>> make_embedding(const Json& body, const ApiCall& call);

}  // namespace hearth::api
