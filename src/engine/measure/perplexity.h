#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/measure/logprob_file.h"
#include "engine/schedule/model_runner.h"

namespace hearth {

/// A mean with its standard error.
struct Estimate {
  double mean = 0.0;
  double error = 0.0;
};

/// How well a model predicts a text, and how it differs from another's log-probabilities.
struct PerplexityResult {
  size_t num_tokens = 0;
  Estimate perplexity;
  struct Comparison {
    Estimate perplexity;  ///< of the other
    Estimate divergence;  ///< Kullback-Leibler, of this model from the other, in nats for each token
    double median_divergence = 0.0, p99_divergence = 0.0, max_divergence = 0.0;
    double same_top = 0.0;  ///< share of positions with the same most likely token
    double rms_dp = 0.0;    ///< root mean square difference of the true token's probability
  };
  std::optional<Comparison> comparison;
};

/// Adds up positions. Definitions as llama-perplexity's, so that figures compare: base entries of a
/// log-probability of -16 or less do not count in the divergence. Not thread-safe.
class PerplexityMeter {
 public:
  /// The logits of a position [vocab_size] and the token that followed.
  void add(std::span<const float> logits, TokenId next);
  /// The same with the other model's log-probabilities [vocab_size].
  void add(std::span<const float> logits, TokenId next, std::span<const float> other);

  PerplexityResult result() const;

 private:
  /// Running sum and sum of squares.
  struct Sum {
    double total = 0.0, squares = 0.0;
    void add(double value) {
      total += value;
      squares += value * value;
    }
    Estimate estimate(size_t count) const;
  };
  static Estimate perplexity(const Sum& surprise, size_t count);

  size_t num_tokens_ = 0;
  Sum surprise_, other_surprise_, divergence_;
  std::vector<double> divergences_;
  size_t num_same_top_ = 0;
  double squared_dp_ = 0.0;
};

/// Called after each chunk with what is known so far; false stops.
using PerplexityProgress = std::function<bool(size_t chunk, const PerplexityResult& so_far)>;

/// Scores a text that is cut into chunks of `context` tokens. A chunk begins with `first_token` in the place
/// of its own first, where given (models that want bos in front).
struct PerplexityInput {
  std::vector<TokenId> tokens;  ///< whole chunks
  size_t context = 512;
  std::optional<TokenId> first_token;
  const LogprobFile* other = nullptr;  ///< compared with, chunk by chunk
  LogprobWriter* save = nullptr;       ///< where log-probabilities are written to
};
Result<PerplexityResult> measure_perplexity(ModelRunner& runner, const PerplexityInput& input,
                                            const PerplexityProgress& progress);

}  // namespace hearth
