#pragma once

#include <string_view>

#include "api/call/json.h"

namespace hearth::api {

/// The JSON of a request. Arguments of past tool calls given as an object (`arguments` of tool calls, `input`
/// of tool uses) become their source text, so that no number in them is changed or refused; so do JSON
/// Schemas of an output's form that hold a number which a double would round, or more members or levels than
/// a request may have: they are read by limits of their own. Errors: those of parse_json().
Result<Json> parse_request(std::string_view text, const JsonLimits& limits = {});

}  // namespace hearth::api
