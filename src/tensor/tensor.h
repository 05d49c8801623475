#pragma once

#include "base/bytes.h"
#include "quant/dtype.h"
#include "tensor/shape.h"

namespace hearth {

class MappedFile;

/// Rows whose order in a file is not their own: two axes of the row number are swapped. A row [i, b, a] of
/// [_, b, a] stands at [i, a, b].
struct RowOrder {
  int32_t a = 1, b = 1;

  bool is_own() const { return a == 1 || b == 1; }
  /// Where row `row` stands.
  int64_t stored_row(int64_t row) const {
    const int64_t group = int64_t(a) * b, inner = row % group;
    return row - inner + inner % a * b + inner / a;
  }
};

/// A read-only view of a dense tensor as a file stores it: blocks of `dtype` along the fastest dimension.
struct TensorView {
  DType dtype = DType::kF32;
  Shape shape;                       ///< slowest first: a weight is [out_features, in_features]
  ByteSpan data;                     ///< exactly the tensor's bytes
  const MappedFile* file = nullptr;  ///< the mapping that holds `data`, so that read pages can be released
  RowOrder row_order = {};           ///< of a matrix; of whole groups of rows
};

}  // namespace hearth
