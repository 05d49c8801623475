#pragma once

#include <span>
#include <utility>
#include <vector>

#include "engine/sample/candidates.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// A token of a completion or prompt. Log-probabilities are the model's own, before any step of sampling.
struct SampledToken {
  TokenId id = 0;
  float logprob = 0.0f;                                      ///< set where asked for
  std::vector<std::pair<TokenId, float>> top_logprobs = {};  ///< highest first
};

/// Fills in the log-probability of `token.id` and the `num_top` highest ones: an exact log-softmax of the
/// logits, which it spoils. Those of `unnamed` count in the sum, but are not among the highest. `candidates`
/// is scratch.
void report_logprobs(std::span<float> logits, std::span<const TokenId> unnamed, int num_top,
                     Candidates& candidates, SampledToken& token);

/// Sets the logits of these tokens to minus infinity.
void forbid(std::span<const TokenId> ids, std::span<float> logits);

}  // namespace hearth
