#pragma once

#include <array>
#include <string>

#include "grammar/regex/text_grammar.h"
#include "grammar/rules/grammar_hooks.h"

namespace hearth::grammar {

/// A vocabulary of 100 tokens, of which those below 50 are control tokens, <think> (10) and </think> (11)
/// among them, and the others have a text; the one text of a "schema" is its own source, or, of {"digits":
/// ...}, a number.
inline GrammarHooks testing_hooks() {
  GrammarHooks hooks;
  hooks.find_control_token = [](std::string_view spelling) -> std::optional<TokenId> {
    if (spelling == "<think>") return 10;
    if (spelling == "</think>") return 11;
    return std::nullopt;
  };
  hooks.find_token = [](TokenId id) -> std::optional<GrammarHooks::Token> {
    if (id >= 100) return std::nullopt;
    return id < 50 ? GrammarHooks::Token{true, {}} : GrammarHooks::Token{false, "text " + std::to_string(id)};
  };
  hooks.compile_schema = [](std::string schema) -> Result<GrammarPtr> {
    if (schema == "false") return fail(ErrorCode::kUnsupported, "false is not supported at \"\"");
    if (schema.contains("\"integer\"") || schema.contains("/age")) return compile_regex("[0-9]+", {});
    return compile_choice(std::array{std::string(schema.begin(), std::ranges::remove(schema, '\n').begin())},
                          {});
  };
  return hooks;
}

}  // namespace hearth::grammar
