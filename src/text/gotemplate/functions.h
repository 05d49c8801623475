#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "text/jinja/value/runtime.h"

namespace hearth::gotemplate {

using jinja::Runtime;
using jinja::Value;

/// Whether there is a function of that name: text/template's own (but call), and Ollama's. `and` and `or` are
/// the evaluator's, which stops at the operand that decides.
bool is_function(std::string_view name);

/// Calls a function. Errors: kInvalidArgument for wrong arguments, kResourceLimit.
Result<Value> call_function(Runtime& runtime, std::string_view name, std::span<const Value> arguments);

/// What counts as true: all but false, 0, nil, and what is empty.
bool is_true(const Value& value);

/// A field of an object (missing: none), by its name in Go: ToolCalls is the member tool_calls. Error:
/// kInvalidArgument for what has no fields.
Result<Value> field_of(Runtime& runtime, const Value& value, std::string_view name);

/// Appends a value as Go's package fmt prints it with %v, but objects as JSON, as Ollama's types print
/// themselves, and nil as nothing.
Status print(Runtime& runtime, jinja::TextBuilder& out, const Value& value);

/// Appends a value as Go's encoding/json writes it.
Status append_go_json(Runtime& runtime, jinja::TextBuilder& out, const Value& value);

/// fmt.Sprintf. Errors: kInvalidArgument, kUnsupported for verbs that templates have no use for.
Result<Value> format_go(Runtime& runtime, std::span<const Value> arguments);

}  // namespace hearth::gotemplate
