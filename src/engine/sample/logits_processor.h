#pragma once

#include <memory>
#include <span>
#include <vector>

#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Edits a sequence's logits before sampling: masks, biases. One belongs to one sequence; the engine calls it
/// from one thread at a time.
class LogitsProcessor {
 public:
  virtual ~LogitsProcessor() = default;
  /// logits [vocab_size]; minus infinity forbids a token. `num_generated` tokens of the completion are there.
  virtual void apply(std::span<float> logits, size_t num_generated) = 0;
  /// The token that was drawn.
  virtual void accept(TokenId id) = 0;
};

/// Forbids `ids` until `count` tokens have been generated.
std::unique_ptr<LogitsProcessor> forbid_until(std::vector<TokenId> ids, size_t count);

}  // namespace hearth
