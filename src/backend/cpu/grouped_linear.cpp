#include "backend/cpu/grouped_linear.h"

#include <algorithm>

#include "backend/host/host_views.h"

namespace hearth::cpu {

namespace {

const PackedWeight& weight_of(const GroupedLinearOp& op) {
  return static_cast<const PackedWeight&>(*op.weight);
}

/// What a group's columns hold beside the inputs of its product.
int64_t rest_cols(const GroupedLinearOp& op) { return op.in.cols / op.num_groups - op.weight->cols(); }

/// Copies, of one group of one row, what passes by.
void copy_rest(const GroupedLinearOp& op, int64_t row, int64_t group) {
  const int64_t rest = rest_cols(op), k = op.weight->cols(), n = op.weight->rows() / op.num_groups;
  std::copy_n(host_row(op.in, row) + group * (k + rest) + k, rest,
              host_row(op.out, row) + group * (rest + n));
}

}  // namespace

void GroupedLinearRunner::plan_groups(const GroupedLinearOp& op) {
  const int64_t rest = rest_cols(op), k = op.weight->cols(), n = op.weight->rows() / op.num_groups;
  CHECK(rest >= 0 && op.out.cols == op.num_groups * (rest + n));
  if (groups_.size() < size_t(op.num_groups)) groups_.resize(size_t(op.num_groups));
  for (int64_t g = 0; g < op.num_groups; ++g) {
    Group& group = groups_[size_t(g)];
    group.product = {.in = op.in.columns(g * (k + rest), k),
                     .weight = op.weight,
                     .out = op.out.columns(g * (rest + n) + rest, n)};
    group.slices = weight_of(op).slices(g * n, n);
  }
}

void GroupedLinearRunner::run_apart(const GroupedLinearOp& op) {
  for (int g = 0; g < op.num_groups; ++g) linear_.run(groups_[size_t(g)].product, groups_[size_t(g)].slices);
  if (rest_cols(op) == 0) return;
  pool_.run([&](int thread) {
    const WorkRange rows = split_work(op.in.rows, thread, pool_.size());
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t g = 0; g < op.num_groups; ++g) copy_rest(op, row, g);
    }
  });
}

void GroupedLinearRunner::run_together(const GroupedLinearOp& op) {
  const int64_t k = op.weight->cols(), rows = op.in.rows;
  for (int g = 0; g < op.num_groups; ++g)
    groups_[size_t(g)].in.shape(rows, k, kernels_, weight_of(op).forms(kernels_));
  linear_.reserve(k);
  linear_.plan(shares_, groups_[0].slices, op.num_groups, rows);
  const int64_t num_panels = panels_of(groups_[0].slices);
  pool_.run([&](int thread) {
    const WorkRange inputs = split_work(rows * op.num_groups, thread, pool_.size());
    for (int64_t i = inputs.begin; i < inputs.end; ++i) {
      Group& group = groups_[size_t(i / rows)];
      linear_.prepare(group.product, i % rows, 0, k, group.in, thread);
      copy_rest(op, i % rows, i / rows);
    }
    pool_.barrier();
    shares_.each(thread, [&](int64_t begin, int64_t end) {
      for (int64_t g = begin / num_panels; g * num_panels < end; ++g) {
        const Group& group = groups_[size_t(g)];
        linear_.multiply(group.product, group.slices, group.in, std::max(begin - g * num_panels, int64_t{0}),
                         std::min(end - g * num_panels, num_panels), thread);
      }
    });
  });
}

void GroupedLinearRunner::run(const GroupedLinearOp& op) {
  plan_groups(op);
  if (op.in.rows <= kTogetherRows) {
    run_together(op);
  } else {
    run_apart(op);
  }
}

void GroupedLinearRunner::Work::add(const GroupedLinearOp& op, LinearRunner::Work& linear) {
  if (groups_.size() < size_t(op.num_groups)) groups_.resize(size_t(op.num_groups));
  const ActivationForms forms = weight_of(op).forms(kernels_);
  for (int g = 0; g < op.num_groups; ++g)
    groups_[size_t(g)].add(std::min(op.in.rows, kTogetherRows), op.weight->cols(), forms);
  linear.add({}, *op.weight, op.in.rows);
}

size_t GroupedLinearRunner::Work::bytes() const {
  size_t bytes = groups_.size() * sizeof(Group);
  for (const ActivationBuffer::Work& group : groups_) bytes += group.bytes();
  return bytes;
}

}  // namespace hearth::cpu
