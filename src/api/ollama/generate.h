#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// The parameters of /api/generate.
ParameterList ollama_generate_parameters();

/// POST /api/generate, for a body with a prompt (read_model_wish()). Errors: kInvalidArgument naming the
/// parameter, kUnsupported, kContextOverflow.
Result<std::unique_ptr<Exchange>> make_ollama_generate(Json body, const ApiCall& call);

}  // namespace hearth::api
