#include "engine/logprobs.h"

#include <algorithm>

#include "engine/logit_math.h"

namespace hearth {

void report_logprobs(std::span<float> logits, int num_top, Candidates& candidates, SampledToken& token) {
  const double total = log_sum_exp(logits);
  token.logprob = float(double(logits[size_t(token.id)]) - total);
  candidates.reset(logits);
  const auto best = candidates.best(size_t(num_top));
  for (size_t i = 0; i < std::min(best.size(), size_t(num_top)); ++i) {
    token.top_logprobs.emplace_back(best[i].id, float(double(best[i].logit) - total));
  }
}

}  // namespace hearth
