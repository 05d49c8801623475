#pragma once

#include <chrono>
#include <cstddef>

namespace hearth {

/// How many prompt tokens a step may compute beside decoding sequences, so that these do not wait long for
/// their next token: as many as were lately computed in `target`. Not thread-safe.
class StepBudget {
 public:
  StepBudget(size_t most, std::chrono::nanoseconds target) : most_(most), target_(target) {}

  /// A step computed this many prompt tokens, perhaps beside others.
  void observe(size_t num_prompt_tokens, std::chrono::nanoseconds time);
  size_t num_tokens() const;

 private:
  size_t most_;
  std::chrono::nanoseconds target_;
  double token_ns_ = 0.0;  ///< a running mean; 0: not known
};

}  // namespace hearth
