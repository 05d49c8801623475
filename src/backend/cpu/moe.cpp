#include "backend/cpu/moe.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "backend/expert_ranking.h"
#include "backend/host/host_views.h"
#include "base/checked_math.h"
#include "base/grow.h"

namespace hearth::cpu {

namespace {

float* grown(std::vector<float>& storage, int64_t size) {
  grow(storage, size_t(size));
  return storage.data();
}

Prologue input_prologue(const MoeOp& op) { return op.norm ? Prologue(*op.norm) : Prologue(); }

}  // namespace

void MoeRunner::route(const MoeOp& op) {
  const Matrix logits = matrix_of(grown(logits_, op.in.rows * op.num_experts), op.in.rows, op.num_experts);
  linear_.run({.in = op.in,
               .prologue = input_prologue(op),
               .weight = op.router,
               .bias = op.router_bias,
               .out = logits});
  choices_.resize(size_t(op.in.rows * op.top_k));
  scores_.resize(size_t(op.num_experts));
  order_.resize(size_t(op.num_experts));
  for (int64_t row = 0; row < op.in.rows; ++row) {
    const std::span<const float> in(host_row(logits, row), size_t(op.num_experts));
    const std::span<Choice> choices = std::span(choices_).subspan(size_t(row * op.top_k), size_t(op.top_k));
    if (op.gating == Gating::kSparseMixer) {
      choose_sparsely(op, in, choices);
    } else {
      choose(op, in, choices);
    }
  }
}

void MoeRunner::choose(const MoeOp& op, std::span<const float> logits, std::span<Choice> choices) {
  const double highest = *std::ranges::max_element(logits);
  double total = 0;
  for (size_t e = 0; e < logits.size(); ++e) {
    scores_[e] = op.gating == Gating::kSoftmax ? std::exp(logits[e] - highest)
                                               : 1.0 / (1.0 + std::exp(-double(logits[e])));
    total += scores_[e];
  }
  if (op.gating == Gating::kSigmoid) total = 1.0;
  choice_.assign(scores_.begin(), scores_.end());
  const float* bias = host_floats(op.selection_bias);
  for (size_t e = 0; bias != nullptr && e < logits.size(); ++e) choice_[e] = choice_[e] / total + bias[e];
  keep_best_groups(choice_, op.groups);
  rank_experts(choice_, order_, choices.size());
  double picked = 0;
  for (size_t rank = 0; rank < choices.size(); ++rank) picked += scores_[size_t(order_[rank])];
  for (size_t rank = 0; rank < choices.size(); ++rank) {
    const int expert = order_[rank];
    choices[rank] = {expert, float(scores_[size_t(expert)] / (op.normalize ? picked : total) * op.scale)};
  }
}

void MoeRunner::choose_sparsely(const MoeOp& op, std::span<const float> logits, std::span<Choice> choices) {
  scores_.assign(logits.begin(), logits.end());
  for (Choice& choice : choices) {
    const WeighedExpert best = take_best_sparsely(scores_, op.tolerance);
    choice = {best.expert, float(best.weight * op.scale)};
  }
}

/// Orders the slots by their experts.
void MoeRunner::group_slots(const MoeOp& op) {
  const size_t count = choices_.size();
  slots_.resize(count);
  rows_.resize(count);
  places_.resize(count);
  std::iota(slots_.begin(), slots_.end(), 0);
  const auto expert_of = [&](int32_t slot) { return choices_[size_t(slot)].expert; };
  std::ranges::sort(slots_, {}, [&](int32_t slot) { return std::pair(expert_of(slot), slot); });
  num_groups_ = 0;
  for (size_t place = 0; place < count; ++place) {
    const int32_t slot = slots_[place];
    rows_[place] = slot / op.top_k;
    places_[size_t(slot)] = int32_t(place);
    if (place == 0 || expert_of(slot) != expert_of(slots_[place - 1])) {
      if (groups_.size() == num_groups_) groups_.emplace_back();
      Group& group = groups_[num_groups_++];
      group.expert = expert_of(slot);
      group.first = int64_t(place);
      group.count = 0;
    }
    ++groups_[num_groups_ - 1].count;
  }
}

/// The group's products: from the op's rows through `gated` to the group's rows of hidden_.
void MoeRunner::plan_group(const MoeOp& op, Group& group, float* gated) {
  const int64_t ff = op.down->cols(), cols = op.in.cols;
  const std::span<const int32_t> rows(rows_.data() + group.first, size_t(group.count));
  const Matrix between = matrix_of(gated, group.count, 2 * ff);
  const int64_t up_row = group.expert * 2 * ff, down_row = group.expert * cols;
  group.up = {.in = op.in,
              .prologue = input_prologue(op),
              .weight = op.gate_up,
              .bias = op.gate_up_bias.part(up_row, 2 * ff),
              .in_rows = vector_of(rows),
              .out = between};
  group.down = {.in = between,
                .prologue = GatePrologue{op.activation},
                .weight = op.down,
                .bias = op.down_bias.part(down_row, cols),
                .out = matrix_of(hidden_.data() + group.first * cols, group.count, cols)};
  group.up_slices = static_cast<const PackedWeight&>(*op.gate_up).slices(up_row, 2 * ff);
  group.down_slices = static_cast<const PackedWeight&>(*op.down).slices(down_row, cols);
}

/// Weighs inputs of an expert, where it is they that are weighed: what its first product made of them.
void MoeRunner::weigh_inputs(const MoeOp& op, const Group& group, int64_t place, WorkRange inputs) const {
  if (!op.weighs_inputs) return;
  const float share = choices_[size_t(slots_[size_t(place)])].share;
  float* gate = host_row(group.up.out, place - group.first);
  float* up = gate + op.down->cols();
  for (float* part : {gate + inputs.begin, up + inputs.begin})
    kernels_.scale(part, share, inputs.end - inputs.begin, part);
}

/// out[row] += share * hidden, expert by expert in the order of their ranks.
void MoeRunner::add_up(const MoeOp& op, WorkRange rows, WorkRange cols) const {
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    float* out = host_row(op.out, row);
    for (int64_t slot = row * op.top_k; slot < (row + 1) * op.top_k; ++slot) {
      const float share = op.weighs_inputs ? 1.0f : choices_[size_t(slot)].share;
      const float* hidden = hidden_.data() + int64_t(places_[size_t(slot)]) * op.in.cols;
      for (int64_t i = cols.begin; i < cols.end; ++i) out[i] += share * hidden[i];
    }
  }
}

/// Expert by expert, each product a task: what many rows take.
void MoeRunner::run_apart(const MoeOp& op) {
  const int64_t ff = op.down->cols();
  for (size_t g = 0; g < num_groups_; ++g) {
    Group& group = groups_[g];
    plan_group(op, group, grown(gated_, group.count * 2 * ff));
    linear_.run(group.up, group.up_slices);
    if (op.weighs_inputs) {
      pool_.run([&](int thread) {
        const WorkRange places = split_work(group.count, thread, pool_.size());
        for (int64_t i = places.begin; i < places.end; ++i) weigh_inputs(op, group, group.first + i, {0, ff});
      });
    }
    linear_.run(group.down, group.down_slices);
  }
  pool_.run([&](int thread) { add_up(op, split_work(op.in.rows, thread, pool_.size()), {0, op.in.cols}); });
}

/// This thread's share of the inputs of every group, or all of a lone row's in a copy of its own: that is one
/// row for all experts, and takes less than a barrier.
void MoeRunner::prepare_inputs(const MoeOp& op, int thread) {
  const int64_t cols = op.in.cols;
  if (op.in.rows == 1) {
    linear_.prepare(groups_[0].up, 0, 0, cols, lone_[size_t(thread)], thread);
    return;
  }
  const WorkRange places = split_work(int64_t(slots_.size()), thread, pool_.size());
  for (size_t g = 0; g < num_groups_; ++g) {
    Group& group = groups_[g];
    const int64_t begin = std::max(places.begin, group.first),
                  end = std::min(places.end, group.first + group.count);
    for (int64_t place = begin; place < end; ++place)
      linear_.prepare(group.up, place - group.first, 0, cols, group.in, thread);
  }
  pool_.barrier();
}

/// This thread's share of what goes into the second products, in parts of rows where rows are few.
void MoeRunner::prepare_gated(const MoeOp& op, int thread) {
  const int64_t ff = op.down->cols(), count = int64_t(slots_.size());
  const int64_t parts = ceil_div(int64_t(pool_.size()), count);
  const WorkRange share = split_work(count * parts, thread, pool_.size());
  for (size_t g = 0; g < num_groups_; ++g) {
    Group& group = groups_[g];
    const int64_t begin = std::max(share.begin, group.first * parts),
                  end = std::min(share.end, (group.first + group.count) * parts);
    for (int64_t i = begin; i < end; ++i) {
      const WorkRange inputs = split_work(ff, int(i % parts), int(parts), group.gated.unit());
      if (inputs.begin >= inputs.end) continue;
      weigh_inputs(op, group, i / parts, inputs);
      linear_.prepare(group.down, i / parts - group.first, inputs.begin, inputs.end, group.gated, thread);
    }
  }
}

/// Of panels [begin, end) of the groups' slices, end to end, those of each group: body(group, first, last).
template <typename Body>
void MoeRunner::each_group(std::span<const PackedSlice> Group::* slices, int64_t begin, int64_t end,
                           Body body) const {
  int64_t first = 0;
  for (size_t g = 0; g < num_groups_ && first < end; ++g) {
    const int64_t last = first + panels_of(groups_[g].*slices);
    if (begin < last) body(groups_[g], std::max(begin, first) - first, std::min(end, last) - first);
    first = last;
  }
}

/// All experts in one task: of few rows, a product takes hardly longer than handing it over.
void MoeRunner::run_together(const MoeOp& op) {
  const int64_t ff = op.down->cols(), cols = op.in.cols;
  const ActivationForms in_forms = static_cast<const PackedWeight&>(*op.gate_up).forms(kernels_);
  const ActivationForms gated_forms = static_cast<const PackedWeight&>(*op.down).forms(kernels_);
  float* gated = grown(gated_, int64_t(slots_.size()) * 2 * ff);
  const bool lone = op.in.rows == 1;
  lone_.resize(size_t(pool_.size()));
  for (ActivationBuffer& buffer : lone_) {
    if (lone) buffer.shape(1, cols, kernels_, in_forms);
  }
  for (size_t g = 0; g < num_groups_; ++g) {
    Group& group = groups_[g];
    plan_group(op, group, gated + group.first * 2 * ff);
    if (!lone) group.in.shape(group.count, cols, kernels_, in_forms);
    group.gated.shape(group.count, ff, kernels_, gated_forms);
  }
  linear_.reserve(std::max(cols, ff));
  linear_.plan(up_shares_, groups_[0].up_slices, int64_t(num_groups_), op.in.rows);
  linear_.plan(down_shares_, groups_[0].down_slices, int64_t(num_groups_), op.in.rows);
  pool_.run([&](int thread) {
    prepare_inputs(op, thread);
    up_shares_.each(thread, [&](int64_t begin, int64_t end) {
      each_group(&Group::up_slices, begin, end, [&](const Group& group, int64_t first, int64_t last) {
        linear_.multiply(group.up, group.up_slices, lone ? lone_[size_t(thread)] : group.in, first, last,
                         thread);
      });
    });
    pool_.barrier();
    prepare_gated(op, thread);
    pool_.barrier();
    down_shares_.each(thread, [&](int64_t begin, int64_t end) {
      each_group(&Group::down_slices, begin, end, [&](const Group& group, int64_t first, int64_t last) {
        linear_.multiply(group.down, group.down_slices, group.gated, first, last, thread);
      });
    });
    pool_.barrier();
    add_up(op, {0, op.in.rows}, split_work(cols, thread, pool_.size(), kPanelRows));
  });
}

void MoeRunner::run(const MoeOp& op) {
  route(op);
  group_slots(op);
  grown(hidden_, int64_t(slots_.size()) * op.in.cols);
  if (int64_t(slots_.size()) <= kTogetherSlots) {
    run_together(op);
  } else {
    run_apart(op);
  }
}

void MoeRunner::Work::add(const MoeOp& op, LinearRunner::Work& linear) {
  const int64_t rows = op.in.rows, cols = op.in.cols, ff = op.down->cols(), slots = rows * op.top_k;
  linear.add(input_prologue(op), *op.router, rows);
  linear.add(input_prologue(op), *op.gate_up, rows);
  linear.add(GatePrologue{op.activation}, *op.down, rows);
  const auto grow = [](auto& size, auto wanted) { size = std::max(size, wanted); };
  grow(experts_, int64_t(op.num_experts));
  grow(logits_, rows * op.num_experts);
  grow(slots_, slots);
  grow(hidden_, slots * cols);
  grow(num_groups_, size_t(std::min<int64_t>(op.num_experts, slots)));

  // Of few rows every expert has buffers of its own; of many, one may be chosen by all.
  const int64_t few_rows = std::min(rows, kTogetherSlots / op.top_k), few_slots = few_rows * op.top_k;
  grow(gated_, 2 * ff * std::max(few_slots, slots > kTogetherSlots ? rows : 0));
  if (few_rows == 0) return;
  const ActivationForms in_forms = static_cast<const PackedWeight&>(*op.gate_up).forms(kernels_);
  const ActivationForms gated_forms = static_cast<const PackedWeight&>(*op.down).forms(kernels_);
  lone_.add(1, cols, in_forms);
  const int64_t num_groups = std::min<int64_t>(op.num_experts, few_slots);
  if (int64_t(groups_.size()) < num_groups) groups_.resize(size_t(num_groups));
  for (int64_t g = 0; g < num_groups; ++g) {
    const int64_t count = std::min(few_rows, few_slots - g);  // each expert before it was chosen as well
    if (few_rows > 1) groups_[size_t(g)].in.add(count, cols, in_forms);
    groups_[size_t(g)].gated.add(count, ff, gated_forms);
  }
}

size_t MoeRunner::Work::bytes() const {
  size_t bytes = size_t(experts_) * (2 * sizeof(double) + sizeof(int)) +
                 size_t(slots_) * (sizeof(Choice) + 3 * sizeof(int32_t)) + num_groups_ * sizeof(Group) +
                 size_t(logits_ + gated_ + hidden_) * sizeof(float) + size_t(num_threads_) * lone_.bytes();
  for (const GroupBuffers& group : groups_) bytes += group.in.bytes() + group.gated.bytes();
  return bytes;
}

}  // namespace hearth::cpu
