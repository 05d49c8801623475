#pragma once

#include <memory>

#include "base/result.h"
#include "grammar/mask/forced_tokens.h"
#include "grammar/mask/token_table.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {

/// A model's vocabulary, laid out for grammars. Immutable, safe to share between threads; the tokenizer must
/// outlive it.
struct ModelTokens {
  /// Errors: those of TokenTable::create.
  static Result<std::shared_ptr<const ModelTokens>> create(const Tokenizer& tokenizer) {
    grammar::TokenTablePtr table = TRY(grammar::TokenTable::create(tokenizer));
    return std::make_shared<const ModelTokens>(
        ModelTokens{&tokenizer, table, grammar::ForcedTokens(tokenizer, table)});
  }

  const Tokenizer* tokenizer;
  grammar::TokenTablePtr table;
  grammar::ForcedTokens forced;
};

using ModelTokensPtr = std::shared_ptr<const ModelTokens>;

}  // namespace hearth
