#pragma once

#include <vector>

#include "backend/cpu/linear.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// Runs GroupedLinearOp: of few rows all groups in one task of the pool, of many one group after the other.
class GroupedLinearRunner {
 public:
  GroupedLinearRunner(const Kernels& kernels, ThreadPool& pool, LinearRunner& linear)
      : kernels_(kernels), pool_(pool), linear_(linear) {}

  void run(const GroupedLinearOp& op);

 private:
  struct Group {
    LinearOp product;
    std::span<const PackedSlice> slices;
    ActivationBuffer in;
  };

  void plan_groups(const GroupedLinearOp& op);
  void run_apart(const GroupedLinearOp& op);
  void run_together(const GroupedLinearOp& op);

  const Kernels& kernels_;
  ThreadPool& pool_;
  LinearRunner& linear_;
  std::vector<Group> groups_;  ///< the first num_groups of the op are in use
  PanelShares shares_;
};

}  // namespace hearth::cpu
