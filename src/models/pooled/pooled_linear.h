#pragma once

#include <span>
#include <string>

#include "models/blocks/scratch.h"
#include "models/blocks/tensor_loader.h"

namespace hearth {

/// A linear layer for vectors of whole texts, which come from the host and go back there: there are few of
/// them, and what is done to them besides is done by the host.
class PooledLinear {
 public:
  PooledLinear() = default;
  /// `stem`.weight [rows, cols], and `stem`.bias where there is one. Errors: as `TensorLoader`;
  /// kResourceLimit.
  static Result<PooledLinear> load(TensorLoader& tensors, Backend& backend, const std::string& stem,
                                   int64_t rows, int64_t cols);

  explicit operator bool() const { return rows_ > 0; }
  int64_t rows() const { return rows_; }
  /// in [n, cols], out [n, rows].
  void forward(std::span<const float> in, std::span<float> out) const;

 private:
  Backend* backend_ = nullptr;
  Linear linear_;
  int64_t rows_ = 0, cols_ = 0;
  DeviceBuffer in_, out_;
};

}  // namespace hearth
