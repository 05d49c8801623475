#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tensor/stored_weight.h"

namespace hearth {

/// Reads rows of one matrix as blocks of its type, whatever its layout: what packs a weight knows types
/// alone. The matrix must outlive it. For one thread.
class RowReader {
 public:
  explicit RowReader(const StoredTensor& matrix);

  size_t row_bytes() const { return row_bytes_; }

  /// Rows [row, row + count) side by side, where they lie or gathered; valid until the next call.
  const std::byte* read(int64_t row, int64_t count);

  /// Gives back pages of the files that rows [begin, end) were read from. Pages that hold parts of all rows
  /// stay until `release_all`.
  void release(int64_t begin, int64_t end) const;
  void release_all() const;

 private:
  void gather(int64_t row, std::byte* out) const;
  void gather_columns(int64_t row, int64_t count);
  void gather_mxfp4(size_t stored_row, std::byte* out) const;
  void gather_codes(size_t stored_row, std::byte* out) const;

  const StoredTensor& matrix_;
  size_t row_bytes_;
  std::vector<std::byte> gathered_;
};

/// All values of a tensor of a decodable type, row by row.
std::vector<float> decode_tensor(const StoredTensor& tensor);

/// Where a value stands in the first of its planes: the rows of all matrices counted on, and the place there.
struct PlaceInFile {
  int64_t row, column;
};
PlaceInFile place_in_file(const StoredTensor& tensor, int64_t value);

/// The first value that is NaN or infinite, counted row by row; nothing where all are finite, or the type is
/// none for weights.
std::optional<int64_t> find_not_finite(const StoredTensor& tensor);

}  // namespace hearth
