#pragma once

#include <chrono>
#include <cstddef>

namespace hearth {

/// How many tokens of prompts a step may compute beside answers, so that answers need not wait long for their
/// next token: as many as have lately been computed in `target`. Not thread-safe.
class StepBudget {
 public:
  StepBudget(size_t most, std::chrono::nanoseconds target) : most_(most), target_(target) {}

  /// A step computed this many tokens of prompts, among others.
  void observe(size_t num_prompt_tokens, std::chrono::nanoseconds time);
  size_t num_tokens() const;

 private:
  size_t most_;
  std::chrono::nanoseconds target_;
  double token_ns_ = 0.0;  ///< a running mean; 0: not known
};

}  // namespace hearth
