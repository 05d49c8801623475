#pragma once

#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// POST /v1/messages. Errors: kInvalidArgument and kUnsupported naming the parameter, kContextOverflow. The
/// model must outlive the exchange.
ParameterList anthropic_message_parameters();
Result<std::unique_ptr<Exchange>> make_anthropic_message(const Json& body, const ApiCall& call);

/// POST /v1/messages/count_tokens: {"input_tokens"}.
ParameterList anthropic_count_parameters();
Result<Json> count_anthropic_tokens(const Json& body, const ApiCall& call);

}  // namespace hearth::api
