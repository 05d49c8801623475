#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "grammar/rules/grammar_hooks.h"

namespace hearth::grammar {

struct GbnfOptions {
  std::string root = "root";  ///< the rule that is the whole text
  GrammarHooks hooks;
};

/// A grammar as llama.cpp writes it (GBNF), with what the EBNF of xgrammar and SGLang has beside it: rules
/// that go on over lines, more escapes. Beyond llama.cpp, left recursion is taken and repeats are counted
/// exactly.
/// `!<token>`, which counts tokens, is taken directly under * and +, where it means text and control tokens
/// but this one. Errors: kInvalidArgument with line and column; kUnsupported; kResourceLimit.
Result<GrammarPtr> compile_gbnf(std::string_view text, const GbnfOptions& options, const Limits& limits);

}  // namespace hearth::grammar
