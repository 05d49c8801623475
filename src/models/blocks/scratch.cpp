#include "models/blocks/scratch.h"

#include "base/checked_math.h"

namespace hearth {

int64_t row_stride(int64_t cols) {
  constexpr int64_t kLine = 16, kPage = 1024;
  const int64_t stride = round_up(cols, kLine);
  return stride % kPage == 0 ? stride + kLine : stride;
}

Result<DeviceBuffer> allocate_rows(Backend& backend, int64_t rows, int64_t stride) {
  return backend.allocate(size_t(rows) * size_t(stride) * sizeof(float));
}

Matrix Scratch::take(int64_t cols) {
  const Matrix matrix{data_, rows_, cols, row_stride(cols)};
  data_ = matrix.row(max_rows_);
  return matrix;
}

}  // namespace hearth
