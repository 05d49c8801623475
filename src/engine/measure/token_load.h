#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/schedule/token_feed.h"

namespace hearth {

/// Random tokens for a number of sequences that advance side by side, to measure on. Later measurements reuse
/// what a sequence holds where they can. Not thread-safe. Errors: kContextOverflow where the
/// cache cannot hold it.
class TokenLoad {
 public:
  explicit TokenLoad(ModelRunner& runner) : runner_(runner) {}

  /// With `shared_prefix`, what go_to() and prompt() add is computed once, and its blocks are held by all.
  void set_up(size_t num_sequences, bool shared_prefix);

  /// Each sequence then holds `position` tokens.
  Status go_to(size_t position);
  /// `count` more tokens to each sequence, in batches as large as the model takes; logits of the last one.
  Status prompt(size_t count) { return add(count, 1); }
  /// `count` more tokens to each sequence, one a batch, with logits.
  Status generate(size_t count);

  /// Whether the logits of the last batch are numbers. Error: kNotFinite.
  Status check() const;

 private:
  struct Share {
    TokenFeed* feed;
    size_t num_tokens, num_logits;
  };
  Status add(size_t count, size_t num_logits);
  Status add_to(std::span<const std::unique_ptr<TokenFeed>> feeds, size_t count, size_t num_logits);
  Status run_shares();

  ModelRunner& runner_;
  std::vector<std::unique_ptr<TokenFeed>> feeds_;
  bool shared_prefix_ = false;
  std::vector<Share> shares_;  ///< of the next batch
  std::vector<TokenFeed::Part> parts_;
  std::vector<TokenId> tokens_;
  uint64_t num_batches_ = 0;
};

/// Tokens of a vocabulary, drawn evenly; others for each seed.
void draw_tokens(std::span<TokenId> tokens, size_t vocab_size, uint64_t seed);

}  // namespace hearth
