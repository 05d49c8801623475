#pragma once

#include <nlohmann/json.hpp>

#include "text/jinja/value/runtime.h"
#include "text/template/chat_template_traits.h"

namespace hearth::jinja {

/// The messages of a conversation as a template sees them, all content. Errors: kInvalidArgument for what is
/// no array of objects, kResourceLimit.
Result<Value> messages_value(Runtime& runtime, const nlohmann::ordered_json& messages,
                             ArgumentsForm arguments);

}  // namespace hearth::jinja
