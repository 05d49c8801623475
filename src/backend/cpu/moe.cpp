#include "backend/cpu/moe.h"

#include <algorithm>
#include <cmath>

#include "backend/expert_ranking.h"

namespace hearth::cpu {

namespace {

Matrix matrix(std::vector<float>& storage, int64_t rows, int64_t cols) {
  if (storage.size() < size_t(rows * cols)) storage.resize(size_t(rows * cols));
  return {storage.data(), rows, cols, cols};
}

/// The slices that hold rows [first, first + count) of a weight whose experts were packed one by one.
std::span<const PackedSlice> slices_of(const Weight& weight, int64_t first, int64_t count) {
  const auto slices = static_cast<const PackedWeight&>(weight).slices();
  size_t begin = 0;
  while (slices[begin].first_row < first) ++begin;
  size_t end = begin;
  while (end < slices.size() && slices[end].first_row < first + count) ++end;
  CHECK(slices[begin].first_row == first &&
        slices[end - 1].first_row + slices[end - 1].num_rows == first + count);
  return slices.subspan(begin, end - begin);
}

}  // namespace

void MoeRunner::route(const MoeOp& op) {
  const Matrix logits = matrix(logits_, op.in.rows, op.num_experts);
  linear_.run({.in = op.in, .prologue = op.norm, .weight = op.router, .out = logits});
  choices_.resize(size_t(op.in.rows * op.top_k));
  std::vector<double> scores(size_t(op.num_experts));
  std::vector<int> order(size_t(op.num_experts));
  for (int64_t row = 0; row < op.in.rows; ++row) {
    const std::span<const float> in(logits.row(row), size_t(op.num_experts));
    const double highest = *std::ranges::max_element(in);
    double total = 0;
    for (size_t e = 0; e < in.size(); ++e) {
      scores[e] =
          op.gating == Gating::kSoftmax ? std::exp(in[e] - highest) : 1.0 / (1.0 + std::exp(-double(in[e])));
      total += scores[e];
    }
    if (op.gating == Gating::kSigmoid) total = 1.0;
    rank_experts(scores, order, size_t(op.top_k));
    double picked = 0;
    for (int rank = 0; rank < op.top_k; ++rank) picked += scores[size_t(order[size_t(rank)])];
    for (int rank = 0; rank < op.top_k; ++rank) {
      const int expert = order[size_t(rank)];
      choices_[size_t(row * op.top_k + rank)] = {
          expert, float(scores[size_t(expert)] / (op.normalize ? picked : total))};
    }
  }
}

void MoeRunner::run_expert(const MoeOp& op, int expert) {
  rows_.clear();
  slots_.clear();
  for (size_t slot = 0; slot < choices_.size(); ++slot) {
    if (choices_[slot].expert != expert) continue;
    rows_.push_back(int32_t(slot) / op.top_k);
    slots_.push_back(int32_t(slot));
  }
  if (rows_.empty()) return;
  const int64_t ff = op.down->cols(), cols = op.in.cols, count = int64_t(rows_.size());
  const Matrix gated = matrix(gated_, count, 2 * ff);
  linear_.run({.in = op.in, .prologue = op.norm, .weight = op.gate_up, .in_rows = rows_, .out = gated},
              slices_of(*op.gate_up, expert * 2 * ff, 2 * ff));
  const Matrix hidden = matrix(hidden_, count, cols);
  linear_.run({.in = gated, .prologue = GatePrologue{op.activation}, .weight = op.down, .out = hidden},
              slices_of(*op.down, expert * cols, cols));
  for (int64_t i = 0; i < count; ++i) {
    kernels_.scale(hidden.row(i), choices_[size_t(slots_[size_t(i)])].share, cols,
                   outputs_.data() + int64_t(slots_[size_t(i)]) * cols);
  }
}

void MoeRunner::run(const MoeOp& op) {
  route(op);
  const int64_t cols = op.in.cols;
  matrix(outputs_, op.in.rows * op.top_k, cols);
  for (int expert = 0; expert < op.num_experts; ++expert) run_expert(op, expert);
  pool_.run([&](int thread) {
    const WorkRange rows = split_work(op.in.rows, thread, pool_.size());
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      float* out = op.out.row(row);
      for (int rank = 0; rank < op.top_k; ++rank) {
        const float* in = outputs_.data() + (row * op.top_k + rank) * cols;
        for (int64_t i = 0; i < cols; ++i) out[i] += in[i];
      }
    }
  });
}

}  // namespace hearth::cpu
