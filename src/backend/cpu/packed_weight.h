#pragma once

#include <optional>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/panel.h"
#include "base/threads.h"

namespace hearth::cpu {

/// A weight in panels. Immutable once packed.
class PackedWeight final : public Weight {
 public:
  /// Packs views stacked by rows on every thread of the pool. Errors: kUnsupported, kResourceLimit.
  static Result<std::unique_ptr<PackedWeight>> pack(std::span<const TensorView> views, ThreadPool& pool);

  static size_t bytes_for(std::span<const TensorView> views);

  std::span<const PackedSlice> slices() const { return slices_; }
  int64_t num_panels() const { return num_panels_; }
  bool needs_quantized() const { return needs_quantized_; }
  bool needs_floats() const { return needs_floats_; }

  /// One row as floats, [cols].
  void decode_row(int64_t row, float* out) const;

 private:
  PackedWeight(Buffer buffer, std::vector<PackedSlice> slices, int64_t rows, int64_t cols);

  Buffer buffer_;
  std::vector<PackedSlice> slices_;
  int64_t num_panels_ = 0;
  bool needs_quantized_ = false;
  bool needs_floats_ = false;
};

}  // namespace hearth::cpu
