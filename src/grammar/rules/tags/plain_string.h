#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "grammar/schema/json_document.h"

namespace hearth::grammar {

/// The work that plain strings of one grammar may take together.
struct PlainStringBudget {
  explicit PlainStringBudget(const Limits& limits)
      : fuel{limits.compile_fuel / 20, false}, num_states(8 * limits.max_dfa_states) {}

  Fuel fuel;            ///< for patterns
  uint64_t num_states;  ///< of all languages made
  size_t num_schemas = 4096;
};

/// The strings that a JSON Schema allows, as they stand where nothing quotes them, without any of `excluded`
/// in them. "$ref" points from `schema` on. What cannot be said as a regular language within the budget is
/// left out, and is in the grammar's warnings, which begin with `place`. Errors: kInvalidArgument for what is
/// no schema, and where no text is left.
Result<GrammarPtr> compile_plain_string(const JsonDocument& document, JsonId schema,
                                        const std::vector<std::string>& excluded, std::string_view place,
                                        PlainStringBudget& budget, const Limits& limits);

}  // namespace hearth::grammar
