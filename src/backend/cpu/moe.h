#pragma once

#include <vector>

#include "backend/cpu/linear.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// Runs MoeOp: routes every row, then each expert once over the rows that chose it. A row's sum over its
/// experts goes by rank, so it does not depend on the other rows.
class MoeRunner {
 public:
  MoeRunner(const Kernels& kernels, ThreadPool& pool, LinearRunner& linear)
      : kernels_(kernels), pool_(pool), linear_(linear) {}

  void run(const MoeOp& op);

 private:
  void route(const MoeOp& op);
  void run_expert(const MoeOp& op, int expert);

  struct Choice {
    int expert;
    float share;
  };

  const Kernels& kernels_;
  ThreadPool& pool_;
  LinearRunner& linear_;
  std::vector<float> logits_;    ///< [rows, experts]
  std::vector<Choice> choices_;  ///< [rows, top_k], by rank
  std::vector<int32_t> rows_;    ///< rows of the expert at work
  std::vector<int32_t> slots_;   ///< where each of them keeps this expert's output
  std::vector<float> gated_, hidden_;
  std::vector<float> outputs_;  ///< [rows * top_k, cols]
};

}  // namespace hearth::cpu
