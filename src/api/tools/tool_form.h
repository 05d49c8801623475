#pragma once

#include <optional>

#include "api/call/json.h"
#include "api/tools/tool_request.h"
#include "text/template/tool_format.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::api {

/// The calls that a request wants, as a structural tag in the model's own form.
/// Nothing where the model may write what it likes: calls are its choice, none is strict and there may be
/// several. Error: kUnsupported where the form cannot say it.
Result<std::optional<Json>> tool_form(const ToolRequest& request, const ToolFormat& format,
                                      const Tokenizer& tokenizer);

}  // namespace hearth::api
