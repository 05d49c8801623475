#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// The parameters of /api/chat.
ParameterList ollama_chat_parameters();

/// POST /api/chat, for a body with messages (read_model_wish()). Errors: kInvalidArgument naming the
/// parameter, kUnsupported, kContextOverflow.
Result<std::unique_ptr<Exchange>> make_ollama_chat(Json body, const ApiCall& call);

}  // namespace hearth::api
