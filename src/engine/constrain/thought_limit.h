#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/constrain/model_tokens.h"
#include "engine/sample/token_constraint.h"
#include "text/template/reasoning_format.h"

namespace hearth {

/// How many tokens a completion's thoughts may take, and how they end when these are used up.
struct ThoughtLimit {
  size_t max_tokens = 0;
  std::string start, end;        ///< marks, as the bytes of tokens (TokenTable)
  std::vector<TokenId> closing;  ///< set where the tokens are used up
  std::vector<TokenId> opening;  ///< set first of all, where there are to be no thoughts
  bool is_open = false;          ///< the prompt ends inside of a thought
  bool repeats = false;          ///< a completion may think more than once
  size_t decided = 0;            ///< repeats: bytes of `start` that nothing else begins with
  bool must_answer = true;       ///< the turn does not end before something else is said
};

struct ThoughtLimitOptions {
  size_t max_tokens = 0;
  bool calls_tools = false;  ///< in channels, an answer may be a call, whose header the model writes
};

/// That of a completion of this prompt; none where the model does not think, or the prompt has ended its
/// thought.
std::optional<ThoughtLimit> thought_limit(const ReasoningFormat& format, std::string_view prompt,
                                          const ModelTokens& tokens, const ThoughtLimitOptions& options);

/// Lets a thought take so many tokens, a character and a mark that are under way and the mark of its end
/// aside. It does not end the turn.
std::unique_ptr<TokenConstraint> limit_thoughts(ThoughtLimit limit, grammar::TokenTablePtr table);

}  // namespace hearth
