#include "engine/sample/logprobs.h"

#include <algorithm>
#include <limits>

#include "engine/sample/logit_math.h"

namespace hearth {

void forbid(std::span<const TokenId> ids, std::span<float> logits) {
  for (const TokenId id : ids) logits[size_t(id)] = -std::numeric_limits<float>::infinity();
}

void report_logprobs(std::span<float> logits, std::span<const TokenId> unnamed, int num_top,
                     Candidates& candidates, SampledToken& token) {
  const double total = log_sum_exp(logits);
  token.logprob = float(double(logits[size_t(token.id)]) - total);
  forbid(unnamed, logits);
  candidates.reset(logits);
  const auto best = candidates.best(size_t(num_top));
  for (size_t i = 0; i < std::min(best.size(), size_t(num_top)); ++i) {
    token.top_logprobs.emplace_back(best[i].id, float(double(best[i].logit) - total));
  }
}

}  // namespace hearth
