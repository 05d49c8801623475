#include "models/pooled/pooled_linear.h"

#include <algorithm>

namespace hearth {

namespace {

/// Vectors on the device at once.
constexpr int64_t kMostVectors = 32;

}  // namespace

Result<PooledLinear> PooledLinear::load(TensorLoader& tensors, Backend& backend, const std::string& stem,
                                        int64_t rows, int64_t cols) {
  PooledLinear layer;
  layer.backend_ = &backend;
  layer.rows_ = rows;
  layer.cols_ = cols;
  const NamedRows part{stem, rows};
  layer.linear_ = TRY(tensors.linear({&part, 1}, cols, tensors.has(stem + ".bias")));
  layer.in_ = TRY(allocate_rows(backend, kMostVectors, cols));
  layer.out_ = TRY(allocate_rows(backend, kMostVectors, rows));
  return layer;
}

void PooledLinear::forward(std::span<const float> in, std::span<float> out) const {
  const int64_t count = int64_t(in.size()) / cols_;
  CHECK(in.size() == size_t(count * cols_) && out.size() == size_t(count * rows_));
  for (int64_t first = 0; first < count; first += kMostVectors) {
    const int64_t some = std::min(kMostVectors, count - first);
    backend_->upload(in.subspan(size_t(first * cols_), size_t(some * cols_)), in_.address());
    linear_.forward({in_.address(), some, cols_, cols_}, {}, {out_.address(), some, rows_, rows_});
    backend_->download(out_.address(), out.subspan(size_t(first * rows_), size_t(some * rows_)));
  }
}

}  // namespace hearth
