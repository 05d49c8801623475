#pragma once

#include <string_view>

namespace hearth {

/// Whether a parameter of a request may be left aside: it says who asks, or how the provider's own machinery
/// should treat the request, but nothing of what is answered.
bool is_harmless_parameter(std::string_view name);

/// Whether a parameter is one of tool calling or structured output, which this version does not answer.
bool is_planned_parameter(std::string_view name);

}  // namespace hearth
