#pragma once

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// Appends format(value, spec) of Python's mini-language ("<10", ".2f"). Errors: kInvalidArgument for a spec
/// that is malformed or does not fit the value.
Status format_value(TextBuilder& out, Runtime& runtime, const Value& value, const OriginString& spec);

/// template_text.format(*args, **kwargs).
Result<Value> format_braces(Runtime& runtime, const Value& template_text, Args& args);

/// template_text % values, in C's style.
Result<Value> format_percent(Runtime& runtime, const Value& template_text, const Value& values);

}  // namespace hearth::jinja
