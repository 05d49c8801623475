#include "backend/cpu/linear.h"

#include <algorithm>

namespace hearth::cpu {

namespace {

// Columns whose activations stay in a core's cache while panels stream past them.
constexpr int64_t kColumnBytes = 1 << 20;

const PackedWeight& weight_of(const LinearOp& op) { return static_cast<const PackedWeight&>(*op.weight); }

}  // namespace

/// Inputs [begin, end) of one output row, after the prologue, into the buffer.
void LinearRunner::prepare_row(const LinearOp& op, int64_t row, int64_t begin, int64_t end, Worker& worker,
                               ActivationBuffer& buffer, int64_t tile) {
  const PackedWeight& weight = weight_of(op);
  const int64_t k = weight.cols();
  const float* in = op.in.row(op.in_rows.empty() ? row : op.in_rows[size_t(row)]);
  const float* ready = in + begin;
  if (const auto* norm = std::get_if<NormPrologue>(&op.prologue)) {
    kernels_.rms_norm(in, norm->weight, norm->eps, k, worker.row.data());
    ready = worker.row.data() + begin;
  } else if (const auto* gate = std::get_if<GatePrologue>(&op.prologue)) {
    kernels_.gate(int(gate->activation), in + begin, in + k + begin, end - begin, worker.row.data());
    ready = worker.row.data();
  }
  buffer.put(tile, int(row - buffer.first_row(tile)), begin, end - begin, ready);
}

/// This thread's share of the prologue: whole rows, or parts of a lone row.
void LinearRunner::prepare_rows(const LinearOp& op, int thread) {
  Worker& worker = workers_[size_t(thread)];
  const int64_t k = op.weight->cols();
  if (op.out.rows == 1) {
    const WorkRange part = split_work(k, thread, pool_.size(), shared_.unit());
    if (part.begin < part.end) prepare_row(op, 0, part.begin, part.end, worker, shared_, 0);
    return;
  }
  const WorkRange rows = split_work(op.out.rows, thread, pool_.size());
  int64_t tile = 0;
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    while (tile + 1 < shared_.num_tiles() && shared_.first_row(tile + 1) <= row) ++tile;
    prepare_row(op, row, 0, k, worker, shared_, tile);
  }
}

void LinearRunner::multiply(const LinearOp& op, std::span<const PackedSlice> slices,
                            const ActivationBuffer& in, int thread) {
  Worker& worker = workers_[size_t(thread)];
  const int64_t k = op.weight->cols();
  int64_t num_panels = 0;
  for (const PackedSlice& slice : slices) num_panels += slice.num_panels;
  const WorkRange panels = split_work(num_panels, thread, pool_.size());
  const int64_t tiles_at_once = std::max<int64_t>(1, kColumnBytes / (k * kernels_.tile_width));
  for (int64_t first_tile = 0; first_tile < in.num_tiles(); first_tile += tiles_at_once) {
    const int64_t last_tile = std::min(first_tile + tiles_at_once, in.num_tiles());
    int64_t slice_begin = 0;
    for (const PackedSlice& slice : slices) {
      const int64_t offset = slice.first_row - slices.front().first_row;
      const int64_t begin = std::max(panels.begin, slice_begin) - slice_begin;
      const int64_t end = std::min(panels.end, slice_begin + slice.num_panels) - slice_begin;
      slice_begin += slice.num_panels;
      if (begin >= end) continue;
      worker.tiles.clear();
      for (int64_t tile = first_tile; tile < last_tile; ++tile) {
        worker.tiles.push_back({in.tile(tile, slice.codec), op.out.row(in.first_row(tile)) + offset});
      }
      kernels_.product[size_t(slice.codec)]({
          .slice = &slice,
          .k = k,
          .first_panel = begin,
          .last_panel = end,
          .tiles = worker.tiles.data(),
          .num_tiles = int64_t(worker.tiles.size()),
          .out_stride = op.out.stride,
          .bias = op.bias == nullptr ? nullptr : op.bias + offset,
          .accumulate = op.accumulate,
      });
    }
  }
}

void LinearRunner::run(const LinearOp& op) { run(op, weight_of(op).slices()); }

void LinearRunner::run(const LinearOp& op, std::span<const PackedSlice> slices) {
  const PackedWeight& weight = weight_of(op);
  const int64_t k = weight.cols();
  CHECK(op.in.cols == (std::holds_alternative<GatePrologue>(op.prologue) ? 2 * k : k));
  CHECK(op.out.cols == slices.back().first_row + slices.back().num_rows - slices.front().first_row);
  workers_.resize(size_t(pool_.size()));
  for (Worker& worker : workers_) {
    if (worker.row.size() < size_t(k)) worker.row.resize(size_t(k));
  }
  // A lone row's norm needs the whole row: every thread makes its own copy, which is cheaper than a barrier.
  const bool redundant = op.out.rows == 1 && std::holds_alternative<NormPrologue>(op.prologue);
  const ActivationForms forms = weight.forms(kernels_);
  for (Worker& worker : workers_) {
    if (redundant) worker.single.shape(1, k, kernels_, forms);
  }
  if (!redundant) shared_.shape(op.out.rows, k, kernels_, forms);
  pool_.run([&](int thread) {
    Worker& worker = workers_[size_t(thread)];
    if (redundant) {
      prepare_row(op, 0, 0, k, worker, worker.single, 0);
      multiply(op, slices, worker.single, thread);
    } else {
      prepare_rows(op, thread);
      pool_.barrier();
      multiply(op, slices, shared_, thread);
    }
  });
}

}  // namespace hearth::cpu
