#pragma once

#include <string>

#include "base/result.h"
#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "grammar/rules/grammar_hooks.h"

namespace hearth::grammar {

/// A structural tag, a JSON text, in both of the forms that vLLM, SGLang and xgrammar take: `structures` and
/// `triggers`, or `format`. Free text holds no trigger except as the beginning of a tag, and no end of the
/// tag that it stands in. Errors name what is wrong by its JSON pointer; what xgrammar counts in tokens is
/// kUnsupported.
Result<GrammarPtr> compile_structural_tag(std::string text, const GrammarHooks& hooks, const Limits& limits);

}  // namespace hearth::grammar
