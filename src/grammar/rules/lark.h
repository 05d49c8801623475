#pragma once

#include <string_view>

#include "base/result.h"
#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "grammar/rules/grammar_hooks.h"

namespace hearth::grammar {

/// A grammar in the part of Lark's language that llguidance takes: rules and terminals, literals and
/// expressions with flags, ranges, repeats, `%import common`, `%ignore`, `%json`, control tokens; the whole
/// text is the rule `start`. As with Lark's dynamic lexer a terminal may end wherever its expression lets it;
/// what is ignored may stand before and behind each terminal. Expressions are those of ECMA-262. Errors:
/// kInvalidArgument with line and column; kUnsupported, naming what else Lark or llguidance has;
/// kResourceLimit.
Result<GrammarPtr> compile_lark(std::string_view text, const GrammarHooks& hooks, const Limits& limits);

}  // namespace hearth::grammar
