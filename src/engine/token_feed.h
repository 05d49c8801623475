#pragma once

#include <span>

#include "base/result.h"
#include "engine/batch.h"
#include "engine/model_runner.h"

namespace hearth {

/// Feeds given tokens to a model, outside the engine's loop: for measuring and for reading logits. Holds KV
/// blocks until it goes or is reset. Not thread-safe.
class TokenFeed {
 public:
  explicit TokenFeed(ModelRunner& runner);
  ~TokenFeed();
  TokenFeed(const TokenFeed&) = delete;
  TokenFeed& operator=(const TokenFeed&) = delete;

  size_t position() const { return position_; }
  void reset();

  /// Carries the sequence on. `runner.logits(i)` is then that of the i-th of the last `num_logits` tokens. At
  /// most the model's largest batch at once. Error: kContextOverflow where the cache cannot hold it.
  Status append(std::span<const TokenId> tokens, size_t num_logits);

  /// The same for many feeds of one runner and one token each, in one batch; logits of each.
  static Status append_each(std::span<TokenFeed* const> feeds, std::span<const TokenId> tokens);

 private:
  Status grow(size_t num_tokens);
  void advance(size_t num_tokens);

  ModelRunner& runner_;
  BlockTables tables_;
  size_t position_ = 0;
  Batch batch_;
};

}  // namespace hearth
