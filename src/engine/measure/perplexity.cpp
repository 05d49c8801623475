#include "engine/measure/perplexity.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "engine/sample/logit_math.h"
#include "engine/schedule/token_feed.h"

namespace hearth {
namespace {

constexpr float kLowestBase = -16.0f;
constexpr size_t kStep = 128;  // bounds the logits held at once

size_t top(std::span<const float> values) {
  return size_t(std::ranges::max_element(values) - values.begin());
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, size_t(share * double(sorted.size())))];
}

}  // namespace

Estimate PerplexityMeter::Sum::estimate(size_t count) const {
  if (count == 0) return {};
  const double mean = total / double(count);
  const double variance = squares / double(count) - mean * mean;
  return {mean, count > 1 ? std::sqrt(std::max(0.0, variance) / double(count - 1)) : 0.0};
}

Estimate PerplexityMeter::perplexity(const Sum& surprise, size_t count) {
  const Estimate nats = surprise.estimate(count);
  return {std::exp(nats.mean), std::exp(nats.mean) * nats.error};
}

void PerplexityMeter::add(std::span<const float> logits, TokenId next) {
  surprise_.add(log_sum_exp(logits) - double(logits[size_t(next)]));
  ++num_tokens_;
}

void PerplexityMeter::add(std::span<const float> logits, TokenId next, std::span<const float> other) {
  const double total = log_sum_exp(logits);
  double divergence = 0.0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (other[i] <= kLowestBase) continue;
    divergence +=
        double(exp_negative(std::min(other[i], 0.0f))) * (double(other[i]) - double(logits[i]) + total);
  }
  const double logprob = double(logits[size_t(next)]) - total, other_logprob = double(other[size_t(next)]);
  surprise_.add(-logprob);
  other_surprise_.add(-other_logprob);
  divergence_.add(divergence);
  divergences_.push_back(divergence);
  num_same_top_ += size_t(top(logits) == top(other));
  squared_dp_ += std::pow(std::exp(logprob) - std::exp(other_logprob), 2.0);
  ++num_tokens_;
}

PerplexityResult PerplexityMeter::result() const {
  PerplexityResult result;
  result.num_tokens = num_tokens_;
  result.perplexity = perplexity(surprise_, num_tokens_);
  if (divergences_.empty()) return result;
  std::vector<double> sorted = divergences_;
  std::ranges::sort(sorted);
  const double count = double(num_tokens_);
  result.comparison = {.perplexity = perplexity(other_surprise_, num_tokens_),
                       .divergence = divergence_.estimate(num_tokens_),
                       .median_divergence = quantile(sorted, 0.5),
                       .p99_divergence = quantile(sorted, 0.99),
                       .max_divergence = sorted.back(),
                       .same_top = double(num_same_top_) / count,
                       .rms_dp = std::sqrt(squared_dp_ / count)};
  return result;
}

Result<PerplexityResult> measure_perplexity(ModelRunner& runner, const PerplexityInput& input,
                                            const PerplexityProgress& progress) {
  CHECK(input.context >= 4 && input.tokens.size() % input.context == 0);
  PerplexityMeter meter;
  TokenFeed feed(runner);
  const size_t first = first_scored(input.context);
  const size_t step = std::min(kStep, size_t(runner.model().max_batch_tokens()));
  std::vector<float> other(input.other != nullptr ? input.other->vocab_size() : 0);
  for (size_t chunk = 0; chunk < input.tokens.size() / input.context; ++chunk) {
    const auto truth = std::span(input.tokens).subspan(chunk * input.context, input.context);
    std::vector<TokenId> tokens(truth.begin(), truth.end());
    if (input.first_token) tokens[0] = *input.first_token;
    feed.reset();
    // The last token predicts nothing that is scored.
    for (size_t begin = 0; begin + 1 < input.context;) {
      const size_t border = begin < first ? first : input.context - 1;
      const size_t size = std::min(step, border - begin);
      TRY(feed.append(std::span(tokens).subspan(begin, size), begin < first ? 0 : size));
      for (size_t i = 0; begin >= first && i < size; ++i) {
        const std::span<const float> logits = runner.logits(i);
        TRY(check_logits(logits, chunk * input.context + begin + i));
        const TokenId next = truth[begin + i + 1];
        if (input.save != nullptr) input.save->add(logits);
        if (input.other != nullptr) {
          input.other->read(chunk, begin + i - first, other);
          meter.add(logits, next, other);
        } else {
          meter.add(logits, next);
        }
      }
      begin += size;
    }
    if (progress && !progress(chunk, meter.result())) break;
  }
  return meter.result();
}

}  // namespace hearth
