#pragma once

#include <optional>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/kernels/panel.h"
#include "backend/host/host_memory.h"
#include "base/threads.h"

namespace hearth::cpu {

/// Panels of slices that follow each other.
inline int64_t panels_of(std::span<const PackedSlice> slices) {
  int64_t count = 0;
  for (const PackedSlice& slice : slices) count += slice.num_panels;
  return count;
}

/// A weight in panels. Immutable once packed.
class PackedWeight final : public Weight {
 public:
  /// Packs on every thread of the pool. Errors: as `Backend::pack`; kResourceLimit.
  static Result<std::unique_ptr<PackedWeight>> pack(const StoredWeight& weight, ThreadPool& pool,
                                                    HostArena& arena);

  /// The same weight without its panels. Error: kUnsupported.
  static Result<std::unique_ptr<PackedWeight>> plan(const StoredWeight& weight);

  std::span<const PackedSlice> slices() const { return slices_; }
  /// Those that hold rows [first, first + count), which were packed as slices of their own.
  std::span<const PackedSlice> slices(int64_t first, int64_t count) const;
  int64_t num_panels() const { return num_panels_; }
  /// In which forms products with it read their inputs.
  ActivationForms forms(const Kernels& kernels) const;

  /// One row as floats, [cols].
  void decode_row(int64_t row, float* out) const;

 private:
  /// Kinds of codecs among the slices.
  struct Holds {
    bool blocks = false, records = false, singles = false, halves = false;
    void add(Codec codec);
  };

  PackedWeight(Buffer buffer, std::vector<PackedSlice> slices, int64_t rows, int64_t cols, size_t bytes);

  Buffer buffer_;
  std::vector<PackedSlice> slices_;
  int64_t num_panels_ = 0;
  Holds holds_;
};

}  // namespace hearth::cpu
