#pragma once

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// What Python's types say to a method name.
enum class MethodKind : uint8_t {
  kNone,         ///< the type has no such attribute
  kMethod,       ///< see `function`
  kUnsafe,       ///< it would change the value: a template may not have it
  kUnsupported,  ///< Python has it, this interpreter does not
};

struct Method {
  MethodKind kind = MethodKind::kNone;
  NativeFunction function = nullptr;
};

/// The method of that name of the value's type.
Method find_method(const Value& value, std::string_view name);

/// Tables by type, sorted by name.
std::span<const NativeEntry> string_methods();

}  // namespace hearth::jinja
