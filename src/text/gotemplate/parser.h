#pragma once

#include <string_view>

#include "base/result.h"
#include "text/gotemplate/ast.h"
#include "text/jinja/value/limits.h"

namespace hearth::gotemplate {

/// Reads a template in the language of Go's package text/template, as Ollama's models carry them. One that
/// reads neither .Messages nor .Response gets {{ .Response }} at its end. Errors name the line: kCorruptData
/// for broken syntax, kUnsupported for functions that there are not, kResourceLimit.
Result<Program> parse(std::string_view source, const JinjaLimits& limits);

/// Whether a template is written in Go's language: Jinja's has its own marks ({%), and no names that begin
/// with a dot or a dollar.
bool is_go_template(std::string_view source);

}  // namespace hearth::gotemplate
