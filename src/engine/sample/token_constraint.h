#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/sample/token_mask.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Says which tokens may come next in one completion. Its state is what was accepted so far. One belongs to
/// one sequence and is used by one thread at a time: the engine computes masks on another thread, while the
/// model runs.
class TokenConstraint {
 public:
  virtual ~TokenConstraint() = default;

  /// Allows in `mask`, which is of the model's vocabulary and allows nothing yet, what may come next: also
  /// the tokens that end the turn, where it may end here. Does a bounded amount of work. An error changes
  /// nothing; it ends the request, and no other, where this mask is needed.
  virtual Status fill_mask(TokenMask& mask) = 0;

  /// Takes a token. False, with nothing changed, where it may not come here. What ends the completion is not
  /// told.
  virtual bool accept(TokenId id) = 0;

  /// Takes the last `count` accepted tokens back, which were draft tokens.
  virtual void rollback(size_t count) = 0;

  /// Tokens, at most `most`, that spell what must come next whatever the model says, cut as the model would
  /// have cut them. Changes nothing. None where there is a choice.
  virtual std::vector<TokenId> forced(size_t most) {
    (void)most;
    return {};
  }
};

/// Allows the same tokens everywhere.
std::unique_ptr<TokenConstraint> allow_only(std::shared_ptr<const TokenMask> mask);

}  // namespace hearth
