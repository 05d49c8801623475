#include "backend/cpu/packed_weight.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "backend/cpu/pack_rows.h"
#include "base/checked_math.h"
#include "base/file.h"
#include "quant/dtype.h"
#include "quant/format.h"

namespace hearth::cpu {

namespace {

// Pages of the file are given back after so much has been read, so that the two copies never add up.
constexpr int64_t kReleaseBytes = 1 << 20;

struct Plan {
  std::vector<TensorView> parts;    // one a slice
  std::vector<PackedSlice> slices;  // without panels until the buffer exists
  size_t bytes = 0;
  int64_t rows = 0;
};

/// Every matrix of a view by itself: experts of a stacked tensor begin at a panel of their own.
std::vector<TensorView> matrices_of(const TensorView& view) {
  if (view.shape.rank() < 3) return {view};
  const int64_t count = view.shape.rows() / view.shape[view.shape.rank() - 2];
  const size_t bytes = view.data.size() / size_t(count);
  CHECK(view.row_order.is_own());
  std::vector<TensorView> parts;
  for (int64_t i = 0; i < count; ++i) {
    parts.push_back({.dtype = view.dtype,
                     .shape = {view.shape[view.shape.rank() - 2], view.shape.cols()},
                     .data = view.data.subspan(size_t(i) * bytes, bytes),
                     .file = view.file,
                     .row_order = {}});
  }
  return parts;
}

Result<Plan> plan_slices(std::span<const TensorView> views) {
  Plan plan;
  for (const TensorView& view : views) {
    const std::optional<Codec> codec = codec_of(view.dtype);
    if (!codec) {
      return fail_hint(ErrorCode::kUnsupported, "use a file with another quantisation",
                       "the CPU backend has no kernel for {} weights", dtype_info(view.dtype).name);
    }
    for (const TensorView& part : matrices_of(view)) {
      const PackedSlice slice{.codec = *codec,
                              .first_row = plan.rows,
                              .num_rows = part.shape.rows(),
                              .num_panels = ceil_div(part.shape.rows(), int64_t{kPanelRows}),
                              .panel_bytes = panel_bytes(*codec, part.shape.cols()),
                              .panels = nullptr};
      plan.bytes += size_t(slice.num_panels) * slice.panel_bytes;
      plan.rows += slice.num_rows;
      plan.slices.push_back(slice);
      plan.parts.push_back(part);
    }
  }
  return plan;
}

/// The rows of a panel side by side: where they lie, or gathered in `scratch`.
const std::byte* rows_of_panel(const TensorView& view, int64_t row, int64_t count, int64_t row_bytes,
                               std::vector<std::byte>& scratch) {
  if (view.row_order.is_own()) return view.data.data() + row * row_bytes;
  scratch.resize(size_t(count * row_bytes));
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(scratch.data() + i * row_bytes,
                view.data.data() + view.row_order.stored_row(row + i) * row_bytes, size_t(row_bytes));
  }
  return scratch.data();
}

/// Packs panels [begin, end) of one view, giving back its pages on the way. False where a weight is no
/// number.
bool pack_panels(const TensorView& view, const PackedSlice& slice, uint8_t* panels, WorkRange range) {
  const DTypeInfo info = dtype_info(view.dtype);
  const int64_t k = view.shape.cols();
  const int64_t row_bytes = k / info.block_size * info.block_bytes;
  int64_t released = range.begin * kPanelRows * row_bytes;
  std::vector<std::byte> scratch;
  for (int64_t panel = range.begin; panel < range.end; ++panel) {
    const int64_t row = panel * kPanelRows;
    const int64_t count = std::min<int64_t>(kPanelRows, slice.num_rows - row);
    const std::byte* rows = rows_of_panel(view, row, count, row_bytes, scratch);
    if (find_not_finite(view.dtype, rows, count * k)) return false;
    pack_panel(slice.codec, view.dtype, rows, count, k, panels + size_t(panel) * slice.panel_bytes);
    const int64_t done = (row + count) * row_bytes;
    if (view.file != nullptr && (done - released >= kReleaseBytes || panel + 1 == range.end)) {
      view.file->release(view.data.subspan(size_t(released), size_t(done - released)));
      released = done;
    }
  }
  return true;
}

}  // namespace

PackedWeight::PackedWeight(Buffer buffer, std::vector<PackedSlice> slices, int64_t rows, int64_t cols)
    : Weight(rows, cols, buffer.size()), buffer_(std::move(buffer)), slices_(std::move(slices)) {
  for (const PackedSlice& slice : slices_) {
    num_panels_ += slice.num_panels;
    holds_.add(slice.codec);
  }
}

void PackedWeight::Holds::add(Codec codec) {
  if (codec_info(codec).quantized()) {
    (has_records(codec) ? records : blocks) = true;
  } else {
    (codec == Codec::kF32 ? singles : halves) = true;
  }
}

ActivationForms PackedWeight::forms_of(const Holds& holds, const Kernels& kernels) {
  const bool splits = holds.halves && kernels.split_halves != nullptr;
  return {holds.blocks, holds.records, holds.singles || (holds.halves && !splits), splits};
}

ActivationForms PackedWeight::forms_for(std::span<const TensorView> views, const Kernels& kernels) {
  Holds holds;
  for (const TensorView& view : views) {
    if (const std::optional<Codec> codec = codec_of(view.dtype)) holds.add(*codec);
  }
  return forms_of(holds, kernels);
}

size_t PackedWeight::bytes_for(std::span<const TensorView> views) {
  const auto plan = plan_slices(views);
  return plan ? plan->bytes : 0;
}

Result<std::unique_ptr<PackedWeight>> PackedWeight::pack(std::span<const TensorView> views, ThreadPool& pool,
                                                         HostArena& arena) {
  Plan plan = TRY(plan_slices(views));
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
    slice.panels = at;
    at += size_t(slice.num_panels) * slice.panel_bytes;
  }
  return std::unique_ptr<PackedWeight>(
      new PackedWeight(std::move(buffer), std::move(plan.slices), plan.rows, views.front().shape.cols()));
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
