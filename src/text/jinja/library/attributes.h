#pragma once

#include <string_view>

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// value.name: a method or attribute of the value's type, else the item under that key, else undefined. What
/// would change a value, or lead into Python itself, is undefined. Error: kInvalidArgument where the value is
/// undefined.
Result<Value> attribute(Runtime& runtime, const Value& value, std::string_view name);

/// value[key]: the item, else for a string key the attribute of that name, else undefined.
Result<Value> subscript(Runtime& runtime, const Value& value, const Value& key);

/// value[start:stop:step]; None for a bound that is left out.
Result<Value> slice(Runtime& runtime, const Value& value, const Value& start, const Value& stop,
                    const Value& step);

/// value.name as a type's own method or attribute: nothing where the type has none. Does not look at items.
Result<std::optional<Value>> type_attribute(Runtime& runtime, const Value& value, std::string_view name);

}  // namespace hearth::jinja
