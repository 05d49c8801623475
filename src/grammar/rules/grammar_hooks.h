#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "grammar/grammar.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

/// What rules may refer to and the rooms below do not know. A hook that is not set: what needs it is refused.
struct GrammarHooks {
  struct Token {
    bool is_control = false;
    std::string text;  ///< of one that is none
  };

  /// A JSON Schema, as its text.
  std::function<Result<GrammarPtr>(std::string schema)> compile_schema;
  /// The control token that is written so ("<think>").
  std::function<std::optional<TokenId>(std::string_view spelling)> find_control_token;
  /// nullopt: the vocabulary has no such id.
  std::function<std::optional<Token>(TokenId id)> find_token;
};

}  // namespace hearth::grammar
