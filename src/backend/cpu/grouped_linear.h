#pragma once

#include <vector>

#include "backend/cpu/linear.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// Runs GroupedLinearOp: of few rows all groups in one task of the pool, of many one group after the other.
class GroupedLinearRunner {
 public:
  class Work;

  GroupedLinearRunner(const Kernels& kernels, ThreadPool& pool, LinearRunner& linear)
      : kernels_(kernels), pool_(pool), linear_(linear) {}

  void run(const GroupedLinearOp& op);

 private:
  static constexpr int64_t kTogetherRows = 16;  ///< most that are few

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

/// What a runner comes to hold. Lists of panels are left out.
class GroupedLinearRunner::Work {
 public:
  explicit Work(const Kernels& kernels) : kernels_(kernels) {}
  /// Its products count as those of `linear`, which runs them.
  void add(const GroupedLinearOp& op, LinearRunner::Work& linear);
  size_t bytes() const;

 private:
  const Kernels& kernels_;
  std::vector<ActivationBuffer::Work> groups_;
};

}  // namespace hearth::cpu
