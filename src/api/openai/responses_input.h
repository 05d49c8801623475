#pragma once

#include "api/call/json.h"

namespace hearth::api {

/// Reads the `input` of /v1/responses, a text or items, into messages as `text/template/message_form.h` has
/// them, behind earlier ones. Neighbouring items of the assistant (messages, reasoning, calls) are one
/// message. Errors: kInvalidArgument and kUnsupported naming the item.
Result<Json> read_responses_input(const Json& input, Json earlier = Json::array());

}  // namespace hearth::api
