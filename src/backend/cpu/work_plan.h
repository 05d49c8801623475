#pragma once

#include <algorithm>

#include "backend/cpu/attention.h"
#include "backend/cpu/grouped_linear.h"
#include "backend/cpu/moe.h"
#include "backend/host/host_work_plan.h"

namespace hearth::cpu {

/// What the runners of the backend come to hold.
class CpuWorkPlan final : public HostWorkPlan {
 public:
  CpuWorkPlan(const Kernels& kernels, int num_threads)
      : num_threads_(num_threads),
        linear_(kernels, num_threads),
        grouped_linear_(kernels),
        attention_(num_threads),
        moe_(kernels, num_threads) {}

  size_t bytes() const override {
    return size_t(num_threads_) * size_t(work_row_) * sizeof(float) + linear_.bytes() +
           grouped_linear_.bytes() + attention_.bytes() + moe_.bytes();
  }

  void embed(const EmbedOp& op) override {
    if (op.accumulate) work_row_ = std::max(work_row_, op.out.cols);
  }
  void norm(const NormOp& op) override { work_row_ = std::max(work_row_, op.in.cols); }
  void linear(const LinearOp& op) override { linear_.add(op.prologue, *op.weight, op.out.rows); }
  void grouped_linear(const GroupedLinearOp& op) override { grouped_linear_.add(op, linear_); }
  void attention(const AttentionOp& op) override { attention_.add(op); }
  void moe(const MoeOp& op) override { moe_.add(op, linear_); }

 private:
  int num_threads_;
  int64_t work_row_ = 0;  ///< floats of a row
  LinearRunner::Work linear_;
  GroupedLinearRunner::Work grouped_linear_;
  AttentionRunner::Work attention_;
  MoeRunner::Work moe_;
};

}  // namespace hearth::cpu
