#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/cache/kv_ledger.h"
#include "models/causal_model.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Builds the flat batch of one step; its memory is reused from step to step. Not thread-safe.
class Batch {
 public:
  void clear();

  /// Adds tokens, and draft tokens behind them, at positions from `first_position` on, whose blocks `tables`
  /// holds and must keep in place until the batch has run. The last `num_logits` rows of them have logits.
  void add(std::span<const TokenId> tokens, std::span<const TokenId> drafts, size_t first_position,
           const BlockTables& tables, size_t num_logits);

  size_t num_tokens() const { return token_ids_.size(); }
  size_t num_logits() const { return logits_rows_.size(); }
  ForwardBatch view() const;

 private:
  std::vector<int32_t> token_ids_, positions_, logits_rows_;
  std::vector<BatchSequence> sequences_;
};

}  // namespace hearth
