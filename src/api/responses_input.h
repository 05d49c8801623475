#pragma once

#include "api/json.h"

namespace hearth {

/// Reads the `input` of /v1/responses, a text or items, into messages as chat templates read them. Errors:
/// kInvalidArgument and kUnsupported naming the item.
Result<Json> read_responses_input(const Json& input);

}  // namespace hearth
