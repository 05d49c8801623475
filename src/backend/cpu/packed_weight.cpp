#include "backend/cpu/packed_weight.h"

#include <algorithm>
#include <atomic>

#include "backend/cpu/pack_rows.h"
#include "base/checked_math.h"
#include "quant/dtype.h"
#include "quant/format.h"
#include "tensor/row_reader.h"

namespace hearth::cpu {

namespace {

// Pages of the file are given back after so much has been read, so that the two copies never add up.
constexpr int64_t kReleaseBytes = 1 << 20;

struct Plan {
  std::vector<StoredTensor> parts;  // one a slice
  std::vector<PackedSlice> slices;  // without panels until the buffer exists
  size_t bytes = 0;
  int64_t rows = 0;
};

/// Every matrix is a slice by itself: experts of a stacked tensor begin at a panel of their own.
Result<Plan> plan_slices(const StoredWeight& weight) {
  Plan plan;
  for (const StoredTensor& tensor : weight.slices) {
    const std::optional<Codec> codec = codec_of(tensor.dtype);
    if (!codec) {
      return fail_hint(ErrorCode::kUnsupported, "use a file with another quantisation",
                       "the CPU backend has no kernel for {} weights", dtype_info(tensor.dtype).name);
    }
    for (int64_t index = 0; index < tensor.num_matrices(); ++index) {
      StoredTensor part = tensor.matrix(index);
      const PackedSlice slice{.codec = *codec,
                              .first_row = plan.rows,
                              .num_rows = part.shape.rows(),
                              .num_panels = ceil_div(part.shape.rows(), int64_t{kPanelRows}),
                              .panel_bytes = panel_bytes(*codec, part.shape.cols()),
                              .panels = nullptr};
      plan.bytes += size_t(slice.num_panels) * slice.panel_bytes;
      plan.rows += slice.num_rows;
      plan.slices.push_back(slice);
      plan.parts.push_back(std::move(part));
    }
  }
  return plan;
}

/// Packs panels [begin, end) of one matrix, giving back its pages on the way. False where a weight is no
/// number.
bool pack_panels(const StoredTensor& matrix, const PackedSlice& slice, uint8_t* panels, WorkRange range) {
  RowReader reader(matrix);
  const int64_t k = matrix.shape.cols();
  const int64_t release_rows = std::max(kReleaseBytes / int64_t(reader.row_bytes()), int64_t{1});
  int64_t released = range.begin * kPanelRows;
  for (int64_t panel = range.begin; panel < range.end; ++panel) {
    const int64_t row = panel * kPanelRows;
    const int64_t count = std::min<int64_t>(kPanelRows, slice.num_rows - row);
    const std::byte* rows = reader.read(row, count);
    if (find_not_finite(matrix.dtype, rows, count * k)) return false;
    pack_panel(slice.codec, matrix.dtype, rows, count, k, panels + size_t(panel) * slice.panel_bytes);
    const int64_t done = row + count;
    if (done - released >= release_rows || panel + 1 == range.end) {
      reader.release(released, done);
      released = done;
    }
  }
  return true;
}

}  // namespace

PackedWeight::PackedWeight(Buffer buffer, std::vector<PackedSlice> slices, int64_t rows, int64_t cols,
                           size_t bytes)
    : Weight(rows, cols, bytes), buffer_(std::move(buffer)), slices_(std::move(slices)) {
  for (const PackedSlice& slice : slices_) {
    num_panels_ += slice.num_panels;
    holds_.add(slice.codec);
  }
}

std::span<const PackedSlice> PackedWeight::slices(int64_t first, int64_t count) const {
  size_t begin = 0;
  while (slices_[begin].first_row < first) ++begin;
  size_t end = begin;
  while (end < slices_.size() && slices_[end].first_row < first + count) ++end;
  CHECK(slices_[begin].first_row == first &&
        slices_[end - 1].first_row + slices_[end - 1].num_rows == first + count);
  return std::span(slices_).subspan(begin, end - begin);
}

void PackedWeight::Holds::add(Codec codec) {
  if (codec_info(codec).quantized()) {
    (has_records(codec) ? records : blocks) = true;
  } else {
    (codec == Codec::kF16 || codec == Codec::kBf16 ? halves : singles) = true;
  }
}

ActivationForms PackedWeight::forms(const Kernels& kernels) const {
  const bool splits = holds_.halves && kernels.split_halves != nullptr;
  return {holds_.blocks, holds_.records, holds_.singles || (holds_.halves && !splits), splits};
}

Result<std::unique_ptr<PackedWeight>> PackedWeight::plan(const StoredWeight& weight) {
  Plan plan = TRY(plan_slices(weight));
  return std::unique_ptr<PackedWeight>(
      new PackedWeight({}, std::move(plan.slices), plan.rows, weight.cols(), plan.bytes));
}

Result<std::unique_ptr<PackedWeight>> PackedWeight::pack(const StoredWeight& weight, ThreadPool& pool,
                                                         HostArena& arena) {
  Plan plan = TRY(plan_slices(weight));
  Buffer buffer = TRY(arena.allocate(plan.bytes));
  auto* at = reinterpret_cast<uint8_t*>(buffer.data());
  std::atomic<bool> is_finite = true;
  for (size_t i = 0; i < plan.slices.size(); ++i) {
    PackedSlice& slice = plan.slices[i];
    pool.run([&](int thread) {
      const WorkRange range = split_work(slice.num_panels, thread, pool.size());
      if (!pack_panels(plan.parts[i], slice, at, range)) is_finite = false;
    });
    if (!is_finite) return fail(ErrorCode::kNotFinite, "a weight is no number");
    if (plan.parts[i].layout == WeightLayout::kColumns) RowReader(plan.parts[i]).release_all();
    slice.panels = at;
    at += size_t(slice.num_panels) * slice.panel_bytes;
  }
  return std::unique_ptr<PackedWeight>(
      new PackedWeight(std::move(buffer), std::move(plan.slices), plan.rows, weight.cols(), plan.bytes));
}

void PackedWeight::decode_row(int64_t row, float* out) const {
  for (const PackedSlice& slice : slices_) {
    const int64_t local = row - slice.first_row;
    if (local >= slice.num_rows) continue;
    unpack_row(slice.codec, slice.panels + size_t(local / kPanelRows) * slice.panel_bytes,
               int(local % kPanelRows), cols(), out);
    return;
  }
  CHECK(false);
}

}  // namespace hearth::cpu
