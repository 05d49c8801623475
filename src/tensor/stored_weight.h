#pragma once

#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace hearth {

/// How planes hold the values of a matrix [rows, cols].
enum class WeightLayout : uint8_t {
  kRows,     ///< one plane: row after row, in blocks of the weight's type
  kColumns,  ///< one plane of a plain type: column after column
  /// Two planes of bytes: codes [rows, cols / 32, 16], two a byte, the earlier in the low half; exponents
  /// [rows, cols / 32]. Of type MXFP4.
  kMxfp4Planes,
  /// Two planes: codes of E4M3 [rows, cols]; scales of F32, one for each block of `scale_block`, row after
  /// row. Of type FP8, or of F32 where blocks of 32 columns do not share a scale.
  kScaledCodes,
};

/// Rows and columns that share a scale; the last ones may be fewer.
struct ScaleBlock {
  int64_t rows = 1, cols = 1;
};

/// Which of the rows in a matrix's planes are its own, and in which order: row [i, y, x] of [_, b, a] is the
/// one at [i, x, y] of [_, a, b] of those that are its own, which are, from `first` on, `taken` of every
/// `pitch`.
struct RowOrder {
  int64_t a = 1, b = 1;
  int64_t first = 0;
  int64_t taken = 1, pitch = 1;

  bool is_contiguous() const { return taken == pitch && (a == 1 || b == 1); }
  /// Where row `row` stands.
  int64_t stored_row(int64_t row) const {
    const int64_t inner = row % (a * b);
    return first + place(row - inner + inner % a * b + inner / a);
  }
  /// The rows of the planes that hold own rows [begin, end) and what lies between: [first, second).
  std::pair<int64_t, int64_t> stored_range(int64_t begin, int64_t end) const {
    return {first + place(begin), first + place(end)};
  }

 private:
  int64_t place(int64_t own) const { return own / taken * pitch + own % taken; }
};

/// A tensor of weights as files hold it: planes, and how they make up its values. A view, which `RowReader`
/// reads.
struct StoredTensor {
  DType dtype = DType::kF32;  ///< what rows are read as, whatever the layout
  Shape shape;                ///< slowest first; with more than two dimensions: matrices, one after the other
  WeightLayout layout = WeightLayout::kRows;
  RowOrder row_order = {};      ///< of each matrix
  ScaleBlock scale_block = {};  ///< kScaledCodes
  std::vector<TensorView> planes;

  StoredTensor() = default;
  StoredTensor(const TensorView& view)  // NOLINT(google-explicit-constructor): a view is one plane of rows
      : dtype(view.dtype), shape(view.shape), planes{view} {}

  int64_t num_matrices() const { return shape.rank() < 3 ? 1 : shape.rows() / shape[shape.rank() - 2]; }
  /// One of the matrices by itself.
  StoredTensor matrix(int64_t index) const {
    if (shape.rank() < 3) return *this;
    StoredTensor one = *this;
    one.shape = {shape[shape.rank() - 2], shape.cols()};
    for (TensorView& plane : one.planes) {
      const size_t bytes = plane.data.size() / size_t(num_matrices());
      plane.data = plane.data.subspan(size_t(index) * bytes, bytes);
    }
    return one;
  }
};

/// What a backend makes a weight of: tensors [rows_i, cols], stacked by rows. At least one.
struct StoredWeight {
  std::vector<StoredTensor> slices;

  StoredWeight() = default;
  explicit StoredWeight(std::vector<StoredTensor> stacked) : slices(std::move(stacked)) {}
  StoredWeight(StoredTensor slice)  // NOLINT(google-explicit-constructor): a tensor is a weight
      : slices{std::move(slice)} {}
  StoredWeight(const TensorView& slice)  // NOLINT(google-explicit-constructor): the same
      : slices{slice} {}

  int64_t rows() const {
    int64_t rows = 0;
    for (const StoredTensor& slice : slices) rows += slice.shape.rows();
    return rows;
  }
  int64_t cols() const { return slices.front().shape.cols(); }
  /// Of its values in the files, without scales that lie apart; slices may share planes.
  size_t stored_bytes() const {
    size_t bytes = 0;
    for (const StoredTensor& slice : slices) {
      const bool has_codes = slice.layout == WeightLayout::kScaledCodes;
      const DTypeInfo info = dtype_info(has_codes ? DType::kE4M3 : slice.dtype);
      bytes += size_t(slice.shape.size() / info.block_size) * info.block_bytes;
    }
    return bytes;
  }
};

}  // namespace hearth
