#pragma once

#include <cstdint>

#include "backend/backend.h"

namespace hearth {

/// Floats from one row of a work matrix to the next: rows start at cache lines, and not all at the same
/// place of a page, where their lines would share one set of a cache.
int64_t row_stride(int64_t cols);

/// Memory for `rows` such rows.
Result<DeviceBuffer> allocate_rows(Backend& backend, int64_t rows, int64_t stride);

/// Memory that the blocks of a model work in, one after the other. Copied for each block, which takes its
/// matrices from the beginning; they hold nothing that outlives the block.
class Scratch {
 public:
  Scratch() = default;
  /// Of a batch of `rows`, at most `max_rows`, in memory for `max_rows` rows of what a block needs.
  Scratch(DeviceAddress data, int64_t rows, int64_t max_rows)
      : data_(data), rows_(rows), max_rows_(max_rows) {}

  /// The next matrix [rows, cols]: of each row of the memory, row_stride(cols) floats.
  Matrix take(int64_t cols);

 private:
  DeviceAddress data_;
  int64_t rows_ = 0, max_rows_ = 0;
};

}  // namespace hearth
