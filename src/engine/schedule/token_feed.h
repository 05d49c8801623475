#pragma once

#include <span>

#include "base/result.h"
#include "engine/schedule/batch.h"
#include "engine/schedule/model_runner.h"

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

  /// Goes back to an earlier position, to carry on from there. False, with nothing changed, where what that
  /// looks at is gone (a window has passed it) or where it would write into a block that another feed shares.
  [[nodiscard]] bool rewind(size_t position);

  /// Makes an empty feed a second sequence with the same beginning: whole blocks are shared, a last one that
  /// is not full is copied. Error: kContextOverflow where the cache has no block for that.
  Status fork(const TokenFeed& origin);

  /// Carries the sequence on. `runner.logits(i)` is then that of the i-th of the last `num_logits` tokens. At
  /// most the model's largest batch at once. Error: kContextOverflow where the cache cannot hold it.
  Status append(std::span<const TokenId> tokens, size_t num_logits);

  /// What a feed gets in a batch of many.
  struct Part {
    TokenFeed* feed = nullptr;
    std::span<const TokenId> tokens;
    size_t num_logits = 0;
  };
  /// The same for many feeds of one runner, each at most once, in one batch.
  static Status append_each(std::span<const Part> parts);

 private:
  Status grow(size_t num_tokens);
  void advance(size_t num_tokens);

  ModelRunner& runner_;
  BlockTables tables_;
  size_t position_ = 0;
  Batch batch_;
};

}  // namespace hearth
