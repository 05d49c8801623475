#pragma once

#include "api/parameters/schema.h"
#include "api/prompt/chat_messages.h"

namespace hearth::api {

/// A text or items.
inline constexpr Schema kInputItem = Schema::elsewhere("InputItem");
inline constexpr Schema kInputForms[] = {Schema::text(0), Schema::array(kInputItem, 1, kMaxMessages)};
inline constexpr Schema kResponsesInput = Schema::either(kInputForms);

/// Reads the `input` of /v1/responses, a text or items, into messages as `text/template/message_form.h` has
/// them, behind earlier ones. Neighbouring items of the assistant (messages, reasoning, calls) are one
/// message. Errors: kInvalidArgument and kUnsupported naming the item.
Result<Json> read_responses_input(const Json& input, Json earlier = Json::array());

}  // namespace hearth::api
