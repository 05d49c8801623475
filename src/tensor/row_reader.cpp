#include "tensor/row_reader.h"

#include <algorithm>
#include <cstring>

#include "base/checked_math.h"
#include "base/file.h"
#include "quant/format.h"

namespace hearth {

namespace {

/// Rows that are gathered at once.
constexpr int64_t kGatheredRows = 16;

/// A block of GGUF from its parts: there the low halves hold the first 16 values, the high ones the others.
void assemble_mxfp4(const std::byte* codes, std::byte exponent, std::byte* out) {
  out[0] = exponent;
  for (int i = 0; i < 8; ++i) {
    const auto first = uint8_t(codes[i]), second = uint8_t(codes[8 + i]);
    out[1 + 2 * i] = std::byte(uint8_t((first & 15) | (second & 15) << 4));
    out[2 + 2 * i] = std::byte(uint8_t(first >> 4 | (second & 0xf0)));
  }
}

/// Bytes of a row in the first plane.
size_t plane_row_bytes(const StoredTensor& matrix, size_t row_bytes) {
  if (matrix.layout == WeightLayout::kMxfp4Planes) return size_t(matrix.shape.cols() / 2);
  return matrix.layout == WeightLayout::kScaledCodes ? size_t(matrix.shape.cols()) : row_bytes;
}

template <size_t kBytes>
void copy_column(const std::byte* column, const RowOrder& order, int64_t row, int64_t count,
                 size_t out_stride, std::byte* out) {
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(out + size_t(i) * out_stride, column + size_t(order.stored_row(row + i)) * kBytes, kBytes);
  }
}

/// Calls fn(rows, first, count) for all rows of a tensor, as many at once as lie side by side.
template <typename Fn>
void each_rows(const StoredTensor& tensor, Fn&& fn) {
  int64_t first = 0;
  for (int64_t index = 0; index < tensor.num_matrices(); ++index) {
    const StoredTensor matrix = tensor.matrix(index);
    const bool in_place = matrix.layout == WeightLayout::kRows && matrix.row_order.is_contiguous();
    const int64_t rows = matrix.shape.rows(), step = in_place ? std::max(rows, int64_t{1}) : kGatheredRows;
    RowReader reader(matrix);
    for (int64_t row = 0; row < rows; row += step) {
      const int64_t count = std::min(step, rows - row);
      if (!fn(reader.read(row, count), first + row, count)) return;
    }
    first += rows;
  }
}

}  // namespace

RowReader::RowReader(const StoredTensor& matrix) : matrix_(matrix) {
  const DTypeInfo info = dtype_info(matrix.dtype);
  const int64_t cols = matrix.shape.cols();
  CHECK(matrix.shape.rank() < 3 && cols % info.block_size == 0);
  row_bytes_ = size_t(cols / info.block_size) * info.block_bytes;
}

const std::byte* RowReader::read(int64_t row, int64_t count) {
  if (matrix_.layout == WeightLayout::kRows && matrix_.row_order.is_contiguous()) {
    return matrix_.planes[0].data.data() + size_t(matrix_.row_order.first + row) * row_bytes_;
  }
  gathered_.resize(size_t(count) * row_bytes_);
  if (matrix_.layout == WeightLayout::kColumns) {
    gather_columns(row, count);
  } else {
    for (int64_t i = 0; i < count; ++i) gather(row + i, gathered_.data() + size_t(i) * row_bytes_);
  }
  return gathered_.data();
}

void RowReader::gather(int64_t row, std::byte* out) const {
  const auto stored = size_t(matrix_.row_order.stored_row(row));
  if (matrix_.layout == WeightLayout::kRows) {
    std::memcpy(out, matrix_.planes[0].data.data() + stored * row_bytes_, row_bytes_);
  } else if (matrix_.layout == WeightLayout::kMxfp4Planes) {
    gather_mxfp4(stored, out);
  } else {
    gather_codes(stored, out);
  }
}

void RowReader::gather_mxfp4(size_t stored_row, std::byte* out) const {
  const size_t blocks = row_bytes_ / sizeof(MXFP4::Block);
  const std::byte* codes = matrix_.planes[0].data.data() + stored_row * blocks * 16;
  const std::byte* exponents = matrix_.planes[1].data.data() + stored_row * blocks;
  for (size_t i = 0; i < blocks; ++i) {
    assemble_mxfp4(codes + i * 16, exponents[i], out + i * sizeof(MXFP4::Block));
  }
}

void RowReader::gather_codes(size_t stored_row, std::byte* out) const {
  const auto cols = size_t(matrix_.shape.cols()), block_cols = size_t(matrix_.scale_block.cols);
  const std::byte* codes = matrix_.planes[0].data.data() + stored_row * cols;
  const std::byte* scales = matrix_.planes[1].data.data() + stored_row / size_t(matrix_.scale_block.rows) *
                                                                ceil_div(cols, block_cols) * sizeof(float);
  const auto scale_at = [&](size_t col) {
    float scale;
    std::memcpy(&scale, scales + col / block_cols * sizeof scale, sizeof scale);
    return scale;
  };
  if (matrix_.dtype == DType::kFP8) {
    FP8::Block block;
    for (size_t col = 0; col < cols; col += FP8::block_size, out += sizeof block) {
      block.d = scale_at(col);
      std::memcpy(block.qs, codes + col, sizeof block.qs);
      std::memcpy(out, &block, sizeof block);
    }
    return;
  }
  for (size_t col = 0; col < cols; ++col, out += sizeof(float)) {
    const float value = scale_at(col) * FP8::value(uint8_t(codes[col]));
    std::memcpy(out, &value, sizeof value);
  }
}

void RowReader::gather_columns(int64_t row, int64_t count) {
  const ByteSpan plane = matrix_.planes[0].data;
  const auto cols = size_t(matrix_.shape.cols());
  const size_t value_bytes = row_bytes_ / cols, column_bytes = plane.size() / cols;
  CHECK(value_bytes == 2 || value_bytes == 4);
  const auto copy = value_bytes == 2 ? copy_column<2> : copy_column<4>;
  for (size_t col = 0; col < cols; ++col) {
    copy(plane.data() + col * column_bytes, matrix_.row_order, row, count, row_bytes_,
         gathered_.data() + col * value_bytes);
  }
}

void RowReader::release(int64_t begin, int64_t end) const {
  if (matrix_.layout == WeightLayout::kColumns) return;
  const DTypeInfo info = dtype_info(matrix_.dtype);
  const size_t blocks = row_bytes_ / info.block_bytes;
  const RowOrder& order = matrix_.row_order;
  for (size_t i = 0; i < matrix_.planes.size(); ++i) {
    const TensorView& plane = matrix_.planes[i];
    if (plane.file == nullptr) continue;
    if (matrix_.layout == WeightLayout::kScaledCodes && i > 0) continue;
    const size_t bytes = i == 0 ? plane_row_bytes(matrix_, row_bytes_) : blocks;
    const auto [first, last] = order.stored_range(begin, end);
    const size_t from = std::min(size_t(first) * bytes, plane.data.size());
    const size_t to = std::min(size_t(last) * bytes, plane.data.size());
    plane.file->release(plane.data.subspan(from, to - from));
  }
}

void RowReader::release_all() const {
  for (const TensorView& plane : matrix_.planes) {
    if (plane.file != nullptr) plane.file->release(plane.data);
  }
}

std::vector<float> decode_tensor(const StoredTensor& tensor) {
  std::vector<float> values(size_t(tensor.shape.size()));
  const int64_t cols = tensor.shape.cols();
  each_rows(tensor, [&](const std::byte* rows, int64_t first, int64_t count) {
    decode_blocks(tensor.dtype, rows, count * cols, values.data() + first * cols);
    return true;
  });
  return values;
}

PlaceInFile place_in_file(const StoredTensor& tensor, int64_t value) {
  const int64_t cols = tensor.shape.cols(), column = value % cols;
  const int64_t rows = tensor.shape.rows() / tensor.num_matrices();
  const int64_t matrix = value / cols / rows, row = tensor.row_order.stored_row(value / cols % rows);
  if (tensor.layout == WeightLayout::kColumns) return {matrix * cols + column, row};
  const StoredTensor first = tensor.matrix(0);
  const size_t row_bytes = plane_row_bytes(first, RowReader(first).row_bytes());
  return {matrix * int64_t(first.planes[0].data.size() / row_bytes) + row, column};
}

std::optional<int64_t> find_not_finite(const StoredTensor& tensor) {
  std::optional<int64_t> place;
  if (!is_decodable(tensor.dtype)) return place;
  const int64_t cols = tensor.shape.cols();
  each_rows(tensor, [&](const std::byte* rows, int64_t first, int64_t count) {
    if (const auto found = find_not_finite(tensor.dtype, rows, count * cols)) place = first * cols + *found;
    return !place;
  });
  return place;
}

}  // namespace hearth
