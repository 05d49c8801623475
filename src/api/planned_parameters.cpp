#include "api/planned_parameters.h"

namespace hearth {
namespace {

std::unexpected<Error> planned(std::string_view name) {
  return fail_hint(ErrorCode::kUnsupported, "leave it out: tools and structured output come later",
                   "{}: is not supported yet", name);
}

bool is_empty_array(const Json& value) { return value.is_array() && value.empty(); }

/// "none", or {"type": "none"} as Anthropic's clients write it.
bool is_none(const Json& value) {
  return value == "none" || (value.is_object() && value.size() == 1 && value.value("type", Json()) == "none");
}

bool is_text_format(const Json& value) {
  return value.is_object() && value.size() == 1 && value.value("type", Json()) == "text";
}

}  // namespace

Status refuse_planned(ParameterReader& reader) {
  for (const std::string_view name : {"tools", "functions"}) {
    const Json* tools = reader.find(name);
    if (tools != nullptr && !is_empty_array(*tools)) return planned(name);
  }
  for (const std::string_view name : {"tool_choice", "function_call"}) {
    const Json* choice = reader.find(name);
    if (choice != nullptr && !is_none(*choice)) return planned(name);
  }
  const Json* format = reader.find("response_format");
  if (format != nullptr && !is_text_format(*format)) return planned("response_format");
  return {};
}

}  // namespace hearth
