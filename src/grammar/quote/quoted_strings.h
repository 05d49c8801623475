#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "grammar/quote_places.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// The strings of a JSON text that a schema wants to be quotes, and where they stand, in the order of the
/// text. A string that is one only under some alternative of the schema (anyOf, if, patterns of names) is
/// told too, so far as it is verbatim. Keys are not told. Empty for what is no JSON.
std::vector<QuotedString> quoted_strings(const SchemaProgram& program, std::string_view json,
                                         size_t max_places);

}  // namespace hearth::grammar
