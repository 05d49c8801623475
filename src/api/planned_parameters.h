#pragma once

#include "api/parameter_reader.h"

namespace hearth {

/// Takes `tools`, `tool_choice` and `response_format` where they ask for nothing (no tools, choice "none",
/// format "text"). Error: kUnsupported where they ask for more, which this version cannot give.
Status refuse_planned(ParameterReader& reader);

}  // namespace hearth
