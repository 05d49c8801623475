#pragma once

#include <string>

#include "base/result.h"
#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "grammar/schema/program.h"
#include "grammar/schema/read_schema.h"

namespace hearth::grammar {

struct SchemaOptions {
  JsonForm form;
  ReadSchemaOptions reading;
};

/// The JSON texts of the values that satisfy a schema. Errors as of read_json_schema(); what was left out is
/// in the grammar's warnings.
Result<GrammarPtr> compile_json_schema(std::string text, const SchemaOptions& options, const Limits& limits);

/// The texts of JSON objects.
Result<GrammarPtr> compile_json_object(const JsonForm& form, const Limits& limits);

}  // namespace hearth::grammar
