#pragma once

#include <span>
#include <string>
#include <string_view>

#include "grammar/grammar.h"
#include "grammar/regex/text_dfa.h"

namespace hearth::grammar {

/// The texts of a regular language, in UTF-8.
class TextGrammar final : public Grammar {
 public:
  explicit TextGrammar(TextDfaPtr language) : language_(std::move(language)) {}

  std::unique_ptr<Automaton> make_automaton() const override;
  size_t memory_size() const override { return sizeof(*this) + language_->memory_size(); }

 private:
  TextDfaPtr language_;
};

/// The texts that an expression of ECMA-262 matches from start to end. Errors as in regex/languages.h, and
/// kInvalidArgument where there is no such text.
Result<GrammarPtr> compile_regex(std::string_view pattern, const Limits& limits);

/// One of the texts. kInvalidArgument where there are none, or one is not UTF-8.
Result<GrammarPtr> compile_choice(std::span<const std::string> texts, const Limits& limits);

}  // namespace hearth::grammar
