#pragma once

#include <string>

#include "base/result.h"
#include "grammar/rules/grammar_hooks.h"
#include "grammar/rules/rule_set.h"
#include "grammar/rules/source_cursor.h"

namespace hearth::grammar {

/// A token that a grammar names: a control token, or the text of another.
struct TokenReference {
  TokenId control = 0;
  std::string text;  ///< empty: `control` counts

  RuleSet::ExprId expr(RuleSet& rules) const {
    return text.empty() ? rules.control(control) : rules.literal(text);
  }
};

/// The token with this id. Errors: there is none.
Result<TokenReference> token_with_id(uint32_t id, const GrammarHooks& hooks);

/// Reads `<[id]>` or `<spelling>`, which is a control token's.
Result<TokenReference> read_token_reference(SourceCursor& cursor, const GrammarHooks& hooks);

}  // namespace hearth::grammar
