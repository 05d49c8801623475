#pragma once

#include <span>
#include <vector>

#include "backend/cpu/linear.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// Runs MoeOp: routes every row, then each expert once over the rows that chose it: of few rows, as in
/// generation, all experts in one task of the pool. A row's sum over its experts goes by rank, so it does not
/// depend on the other rows.
class MoeRunner {
 public:
  class Work;

  MoeRunner(const Kernels& kernels, ThreadPool& pool, LinearRunner& linear)
      : kernels_(kernels), pool_(pool), linear_(linear) {}

  void run(const MoeOp& op);

 private:
  static constexpr int64_t kTogetherSlots = 64;  ///< most that are few

  /// An expert and the slots (a row's choices) that it was chosen for.
  struct Group {
    int expert;
    int64_t first, count;  ///< of slots_ and rows_
    ActivationBuffer in, gated;
    LinearOp up, down;
    std::span<const PackedSlice> up_slices, down_slices;
  };
  struct Choice {
    int expert;
    float share;
  };

  void route(const MoeOp& op);
  void choose(const MoeOp& op, std::span<const float> logits, std::span<Choice> choices);
  void choose_sparsely(const MoeOp& op, std::span<const float> logits, std::span<Choice> choices);
  void group_slots(const MoeOp& op);
  void plan_group(const MoeOp& op, Group& group, float* gated);
  void run_apart(const MoeOp& op);
  void run_together(const MoeOp& op);
  void prepare_inputs(const MoeOp& op, int thread);
  void prepare_gated(const MoeOp& op, int thread);
  void weigh_inputs(const MoeOp& op, const Group& group, int64_t place, WorkRange inputs) const;
  template <typename Body>
  void each_group(std::span<const PackedSlice> Group::* slices, int64_t begin, int64_t end, Body body) const;
  void add_up(const MoeOp& op, WorkRange rows, WorkRange cols) const;

  const Kernels& kernels_;
  ThreadPool& pool_;
  LinearRunner& linear_;
  std::vector<float> logits_;  ///< [rows, experts]
  std::vector<double> scores_;
  std::vector<double> choice_;  ///< what experts are picked by
  std::vector<int> order_;
  std::vector<Choice> choices_;  ///< [rows, top_k], by rank
  std::vector<Group> groups_;    ///< the first num_groups_ are in use, by expert
  size_t num_groups_ = 0;
  std::vector<int32_t> rows_;    ///< [rows * top_k] by group
  std::vector<int32_t> slots_;   ///< the choice that each of them is
  std::vector<int32_t> places_;  ///< where each choice is in slots_
  PanelShares up_shares_, down_shares_;
  std::vector<ActivationBuffer> lone_;  ///< by thread: a lone row, for all experts
  std::vector<float> gated_;            ///< [rows * top_k, 2 * ff], of one group or of all
  std::vector<float> hidden_;           ///< [rows * top_k, cols]
};

/// What a runner comes to hold, whatever experts the rows choose. Lists of panels are left out.
class MoeRunner::Work {
 public:
  Work(const Kernels& kernels, int num_threads) : kernels_(kernels), num_threads_(num_threads) {}
  /// Its products count as those of `linear`, which runs them.
  void add(const MoeOp& op, LinearRunner::Work& linear);
  size_t bytes() const;

 private:
  struct GroupBuffers {
    ActivationBuffer::Work in, gated;
  };

  const Kernels& kernels_;
  int num_threads_;
  int64_t experts_ = 0, logits_ = 0, slots_ = 0, gated_ = 0, hidden_ = 0;  ///< elements
  size_t num_groups_ = 0;
  std::vector<GroupBuffers> groups_;
  ActivationBuffer::Work lone_;
};

}  // namespace hearth::cpu
