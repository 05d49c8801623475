#pragma once

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// Appends str(value), as {{ value }} prints it.
Status append_str(TextBuilder& out, Runtime& runtime, const Value& value);

/// Appends repr(value). Errors: kResourceLimit for values nested too deep.
Status append_repr(TextBuilder& out, Runtime& runtime, const Value& value);

/// str(value) as a value; a string is handed back as it is.
Result<Value> to_string(Runtime& runtime, const Value& value);

}  // namespace hearth::jinja
