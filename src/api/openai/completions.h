#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// POST /v1/completions. Errors: kInvalidArgument and kUnsupported naming the parameter, kContextOverflow.
/// The model must outlive the exchange.
ParameterList completion_parameters();
Result<std::unique_ptr<Exchange>> make_completion(const Json& body, const ApiCall& call);

}  // namespace hearth::api
