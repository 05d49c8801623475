#pragma once

#include <string_view>

#include "api/call/json.h"

namespace hearth::api {

/// The JSON of a request. Arguments of past tool calls that a client gave as an object (`arguments` of
/// messages' tool calls, `input` of tool uses) come as the text that they were written in, so that no number
/// in them is changed or refused. Errors: those of parse_json().
Result<Json> parse_request(std::string_view text, const JsonLimits& limits = {});

}  // namespace hearth::api
