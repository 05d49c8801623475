#include "engine/schedule/step_budget.h"

#include <algorithm>

namespace hearth {
namespace {

// Fewer say little about the cost of a token, and cost more each.
constexpr size_t kLeastTokens = 32;
constexpr size_t kInitialTokens = 128;
constexpr double kWeight = 0.2;

}  // namespace

void StepBudget::observe(size_t num_prompt_tokens, std::chrono::nanoseconds time) {
  if (num_prompt_tokens < kLeastTokens || time.count() <= 0) return;
  const double token_ns = double(time.count()) / double(num_prompt_tokens);
  token_ns_ = token_ns_ > 0.0 ? token_ns_ + kWeight * (token_ns - token_ns_) : token_ns;
}

size_t StepBudget::num_tokens() const {
  if (target_.count() <= 0) return most_;
  const double wanted = token_ns_ > 0.0 ? double(target_.count()) / token_ns_ : double(kInitialTokens);
  const size_t count = size_t(std::clamp(wanted, double(kLeastTokens), 1e9));
  // Whole multiples, as kernels like their columns.
  return std::min(most_, count / kLeastTokens * kLeastTokens);
}

}  // namespace hearth
