#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/sample/candidates.h"
#include "engine/sample/logit_math.h"
#include "engine/sample/logprobs.h"
#include "engine/sample/penalties.h"
#include "engine/sample/sampling_params.h"
#include "engine/sample/token_mask.h"

namespace hearth {

/// Draws the tokens of one sequence. A draw depends on the logits, the parameters, the seed and the history
/// alone (and with mirostat on the draws before), so a sequence's text does not depend on what runs beside
/// it. Not thread-safe; sequences may be sampled in parallel.
class Sampler {
 public:
  /// `params` valid for the vocabulary (`validate`) and with a seed. Tokens of `unnamed`, which must outlive
  /// the sampler and its copies, are never drawn nor listed.
  Sampler(SamplingParams params, TokenBytes token_bytes, std::span<const TokenId> unnamed = {});

  const SamplingParams& params() const { return params_; }
  /// Whether a token is one that can be drawn at all: it has a text, and no bias forbids it.
  bool may_draw(TokenId id) const;

  /// Draws the token at position history.tokens.size(), one that `mask` allows where there is one. Spoils
  /// `logits` [vocab_size]. Errors: kNotFinite naming a logit that is no number, or where every token is
  /// forbidden; kInvalidArgument where none is left that the mask allows.
  Result<SampledToken> sample(std::span<float> logits, const TokenHistory& history,
                              const TokenMask* mask = nullptr);

 private:
  SampledToken take_best(std::span<const float> logits, const LogitScan& scan);
  void run_step(SamplerStep step, const TokenHistory& history);
  void run_chain(const TokenHistory& history);
  void run_mirostat(const TokenHistory& history);
  Candidates::Item draw(double chance);

  SamplingParams params_;
  TokenBytes token_bytes_;
  std::span<const TokenId> unnamed_;
  Candidates candidates_;
  std::vector<float> raw_;  ///< the model's logits, kept where log-probabilities are wanted
  double surprise_bound_;   ///< mirostat's mu, in bits
};

}  // namespace hearth
