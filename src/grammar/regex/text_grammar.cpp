#include "grammar/regex/text_grammar.h"

#include "grammar/regex/languages.h"
#include "grammar/regex/text_automaton.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

std::unique_ptr<Automaton> TextGrammar::make_automaton() const {
  return std::make_unique<TextAutomaton>(language_);
}

Result<GrammarPtr> compile_regex(std::string_view pattern, const Limits& limits) {
  TextDfaPtr language = TRY(regex_language(pattern, limits));
  if (language->empty())
    return fail(ErrorCode::kInvalidArgument, "regular expression \"{}\": no text matches it",
                sanitize_utf8(pattern.substr(0, 80)));
  return std::make_shared<const TextGrammar>(std::move(language));
}

Result<GrammarPtr> compile_choice(std::span<const std::string> texts, const Limits& limits) {
  if (texts.empty()) return fail(ErrorCode::kInvalidArgument, "the list of choices is empty");
  for (size_t i = 0; i < texts.size(); ++i)
    if (sanitize_utf8(texts[i]) != texts[i])
      return fail(ErrorCode::kInvalidArgument, "choice {} is not UTF-8", i);
  return std::make_shared<const TextGrammar>(TRY(literals_language(texts, limits)));
}

}  // namespace hearth::grammar
