#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "engine/sample/candidates.h"
#include "engine/sample/sampling_params.h"

// The steps of sampling that look back at what has been said.

namespace hearth {

/// The bytes a token stands for; empty for control tokens.
using TokenBytes = std::function<std::string_view(TokenId)>;

/// Everything a step may look back at: tokens of the prompt, then of the completion.
struct TokenHistory {
  std::span<const TokenId> tokens;
  size_t num_prompt_tokens = 0;

  /// The last `n` tokens, all where n is negative.
  std::span<const TokenId> last(int n) const {
    return n < 0 || size_t(n) >= tokens.size() ? tokens : tokens.last(size_t(n));
  }
};

/// Repetition penalty (Keskar et al. 2019: a positive logit is divided by it, a negative one multiplied) on
/// the tokens of the window, presence and frequency penalties (OpenAI) on those of them in the completion.
void apply_penalties(Candidates& candidates, const SamplingParams& params, const TokenHistory& history);

/// Penalises tokens that would carry a repeated run on, see DryParams.
void apply_dry(Candidates& candidates, const DryParams& params, const TokenHistory& history,
               const TokenBytes& token_bytes);

}  // namespace hearth
