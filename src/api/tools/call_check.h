#pragma once

#include "api/call/choices.h"
#include "api/tools/tool_request.h"

namespace hearth::api {

/// Says of calls that were held to no form whose arguments are not of their tool's schema. A schema that is
/// not understood, or takes too much work, says nothing. Empty where calls are held to a form.
Choices::Check argument_check(const ToolRequest& request);

}  // namespace hearth::api
