#pragma once

#include <string_view>

#include "text/jinja/syntax/ast.h"
#include "text/jinja/value/limits.h"

namespace hearth::jinja {

/// Parses a whole template and finds out where each of its variables lives. Errors name the line:
/// kCorruptData for broken syntax, kUnsupported for unknown tags, filters and tests, kResourceLimit for size
/// and nesting.
Result<Program> parse(std::string_view source, const JinjaLimits& limits);

}  // namespace hearth::jinja
