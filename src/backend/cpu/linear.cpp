#include "backend/cpu/linear.h"

#include <algorithm>

#include "backend/cpu/norm_row.h"
#include "backend/host/host_views.h"
#include "base/checked_math.h"
#include "base/grow.h"

namespace hearth::cpu {

namespace {

// Columns whose activations stay in a core's cache while panels stream past them.
constexpr int64_t kColumnBytes = 1 << 20;

const PackedWeight& weight_of(const LinearOp& op) { return static_cast<const PackedWeight&>(*op.weight); }

/// Whether a part of a row cannot be prepared by itself.
bool has_norm(const Prologue& prologue) {
  const auto* gate = std::get_if<GatePrologue>(&prologue);
  return std::holds_alternative<NormPrologue>(prologue) || (gate != nullptr && gate->norm);
}

}  // namespace

void LinearRunner::reserve(int64_t k) {
  workers_.resize(size_t(pool_.size()));
  for (Worker& worker : workers_) grow(worker.row, size_t(k));
}

void LinearRunner::prepare(const LinearOp& op, int64_t row, int64_t begin, int64_t end,
                           ActivationBuffer& buffer, int thread) {
  std::vector<float>& after = workers_[size_t(thread)].row;
  const int64_t k = weight_of(op).cols();
  const float* in = host_row(op.in, op.in_rows ? host_ints(op.in_rows)[size_t(row)] : row);
  const float* ready = in + begin;
  if (const auto* norm = std::get_if<NormPrologue>(&op.prologue)) {
    norm_row(kernels_, *norm, in, k, after.data());
    ready = after.data() + begin;
  } else if (const auto* gate = std::get_if<GatePrologue>(&op.prologue)) {
    kernels_.gate(int(gate->activation), in + begin, in + k + begin, end - begin, after.data());
    CHECK(!gate->norm || (begin == 0 && end == k));
    if (gate->norm) norm_row(kernels_, *gate->norm, after.data(), k, after.data());
    ready = after.data();
  } else if (const auto* plain = std::get_if<ActivationPrologue>(&op.prologue)) {
    if (plain->activation == Activation::kXielu) {
      const auto& [alpha_p, alpha_n, beta, eps] = plain->xielu;
      kernels_.xielu({alpha_p, alpha_n, beta, eps}, in + begin, end - begin, after.data());
    } else {
      kernels_.activate(int(plain->activation), in + begin, end - begin, after.data());
    }
    ready = after.data();
  }
  int64_t tile = 0;
  for (int64_t end_tile = buffer.num_tiles(); end_tile - tile > 1;) {
    const int64_t middle = (tile + end_tile) / 2;
    (buffer.first_row(middle) <= row ? tile : end_tile) = middle;
  }
  buffer.put(tile, int(row - buffer.first_row(tile)), begin, end - begin, ready);
}

/// This thread's share of the prologue: whole rows, or parts of a lone row.
void LinearRunner::prepare_rows(const LinearOp& op, int thread) {
  const int64_t k = op.weight->cols();
  if (op.out.rows == 1) {
    const WorkRange part = split_work(k, thread, pool_.size(), shared_.unit());
    if (part.begin < part.end) prepare(op, 0, part.begin, part.end, shared_, thread);
    return;
  }
  const WorkRange rows = split_work(op.out.rows, thread, pool_.size());
  for (int64_t row = rows.begin; row < rows.end; ++row) prepare(op, row, 0, k, shared_, thread);
}

void LinearRunner::plan(PanelShares& shares, std::span<const PackedSlice> slices, int64_t times,
                        int64_t rows) const {
  // Of few rows a panel takes as long as memory takes to bring it; more pass over panels that stay in the
  // cache, and a matrix unit's kernels open panels ahead.
  constexpr int64_t kMostRows = 16, kPieceBytes = 16 << 10;
  const int64_t num_panels = panels_of(slices) * times;
  const bool has_matrix_unit = kernels_.matrix_width <= kernels_.tile_width;
  const bool by_pieces = rows <= kMostRows && !(has_matrix_unit && rows >= kernels_.matrix_width);
  const int64_t least = ceil_div(kPieceBytes, int64_t(slices.front().panel_bytes));
  shares.plan(num_panels, pool_.size(), by_pieces ? std::max(least, num_panels / (32 * pool_.size())) : 0);
}

void LinearRunner::multiply(const LinearOp& op, std::span<const PackedSlice> slices,
                            const ActivationBuffer& in, int64_t begin, int64_t end, int thread) {
  std::vector<ProductTile>& tiles = workers_[size_t(thread)].tiles;
  const int64_t k = op.weight->cols();
  const int64_t tiles_at_once = std::max<int64_t>(1, kColumnBytes / (k * kernels_.tile_width));
  for (int64_t first_tile = 0; first_tile < in.num_tiles(); first_tile += tiles_at_once) {
    const int64_t last_tile = std::min(first_tile + tiles_at_once, in.num_tiles());
    int64_t slice_begin = 0;
    for (const PackedSlice& slice : slices) {
      const int64_t offset = slice.first_row - slices.front().first_row;
      const int64_t first = std::max(begin, slice_begin) - slice_begin;
      const int64_t last = std::min(end, slice_begin + slice.num_panels) - slice_begin;
      slice_begin += slice.num_panels;
      if (first >= last) continue;
      tiles.clear();
      for (int64_t tile = first_tile; tile < last_tile; ++tile) {
        tiles.push_back({in.tile(tile, slice.codec), host_row(op.out, in.first_row(tile)) + offset});
      }
      kernels_.product[size_t(slice.codec)]({
          .slice = &slice,
          .k = k,
          .first_panel = first,
          .last_panel = last,
          .tiles = tiles.data(),
          .num_tiles = int64_t(tiles.size()),
          .out_stride = op.out.stride,
          .bias = op.bias ? host_floats(op.bias) + offset : nullptr,
          .accumulate = op.accumulate,
      });
    }
  }
}

/// Whether every thread prepares a copy of its own of a lone row, because that takes less than meeting at a
/// barrier. A norm needs the whole row anyway.
bool LinearRunner::is_redundant(const Prologue& prologue, int64_t rows, int64_t k) {
  constexpr int64_t kPlainInputs = 4096, kActivatedInputs = 2048;
  if (rows != 1) return false;
  if (has_norm(prologue)) return true;
  return k <= (std::holds_alternative<std::monostate>(prologue) ? kPlainInputs : kActivatedInputs);
}

void LinearRunner::Work::add(const Prologue& prologue, const Weight& weight, int64_t rows) {
  const ActivationForms forms = static_cast<const PackedWeight&>(weight).forms(kernels_);
  const int64_t k = weight.cols();
  row_ = std::max(row_, k);
  (is_redundant(prologue, 1, k) ? single_ : shared_).add(1, k, forms);
  if (rows > 1) shared_.add(rows, k, forms);
}

size_t LinearRunner::Work::bytes() const {
  return shared_.bytes() + size_t(num_threads_) * (single_.bytes() + size_t(row_) * sizeof(float));
}

void LinearRunner::run(const LinearOp& op) { run(op, weight_of(op).slices()); }

void LinearRunner::run(const LinearOp& op, std::span<const PackedSlice> slices) {
  const PackedWeight& weight = weight_of(op);
  const int64_t k = weight.cols();
  CHECK(op.in.cols == (std::holds_alternative<GatePrologue>(op.prologue) ? 2 * k : k));
  CHECK(op.out.cols == slices.back().first_row + slices.back().num_rows - slices.front().first_row);
  reserve(k);
  const bool redundant = is_redundant(op.prologue, op.out.rows, k);
  const ActivationForms forms = weight.forms(kernels_);
  for (Worker& worker : workers_) {
    if (redundant) worker.single.shape(1, k, kernels_, forms);
  }
  if (!redundant) shared_.shape(op.out.rows, k, kernels_, forms);
  plan(shares_, slices, 1, op.out.rows);
  pool_.run([&](int thread) {
    ActivationBuffer& in = redundant ? workers_[size_t(thread)].single : shared_;
    if (redundant) {
      prepare(op, 0, 0, k, in, thread);
    } else {
      prepare_rows(op, thread);
      pool_.barrier();
    }
    shares_.each(thread, [&](int64_t begin, int64_t end) { multiply(op, slices, in, begin, end, thread); });
  });
}

}  // namespace hearth::cpu
