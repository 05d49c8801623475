#pragma once

#include <string_view>
#include <vector>

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// The built-in function of that name (range, namespace, raise_exception, ...), or nothing.
std::optional<Value> find_global(Runtime& runtime, std::string_view name);

/// Whether find_global() knows the name.
bool is_global(std::string_view name);

/// All that it knows.
std::vector<std::string_view> global_names();

/// The methods of a built-in function itself (dict.fromkeys).
std::span<const NativeEntry> methods_of_function(std::string_view function);

}  // namespace hearth::jinja
