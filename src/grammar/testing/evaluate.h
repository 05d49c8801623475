#pragma once

#include "grammar/schema/json_document.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// Whether a value satisfies a program's root, as the specification defines it: what readers of text are
/// judged by. Plain and slow: it recurses over the value and looks at whole numbers as decimals. Schemas with
/// makers of languages are not for it.
bool evaluate(const SchemaProgram& program, const JsonDocument& document, JsonId value);

}  // namespace hearth::grammar
