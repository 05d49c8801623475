#pragma once

#include <memory>
#include <span>

#include "backend/backend.h"

namespace hearth {

/// Constant operands on the device, or none.
class Vector {
 public:
  Vector() = default;
  Vector(DeviceBuffer buffer, int64_t size, DType dtype)
      : buffer_(std::move(buffer)), size_(size), dtype_(dtype) {}
  VectorView view() const { return {buffer_.address(), size_, dtype_}; }

 private:
  DeviceBuffer buffer_;
  int64_t size_ = 0;
  DType dtype_ = DType::kF32;
};

/// Error: kResourceLimit.
Result<Vector> upload_vector(Backend& backend, std::span<const float> values);

/// y = x W^T + b. The weight may be shared: a tied output head is the embedding's.
class Linear {
 public:
  Linear() = default;
  Linear(Backend& backend, std::shared_ptr<const Weight> weight, Vector bias = {})
      : backend_(&backend), weight_(std::move(weight)), bias_(std::move(bias)) {}

  /// out = prologue(in) W^T + b; with `in_rows`, of those rows of `in`.
  void forward(const Matrix& in, const Prologue& prologue, const Matrix& out,
               const VectorView& in_rows = {}) const {
    run(in, prologue, out, in_rows, false);
  }
  /// out += prologue(in) W^T + b.
  void add_to(const Matrix& in, const Prologue& prologue, const Matrix& out) const {
    run(in, prologue, out, {}, true);
  }

 private:
  void run(const Matrix& in, const Prologue& prologue, const Matrix& out, const VectorView& in_rows,
           bool accumulate) const;

  Backend* backend_ = nullptr;
  std::shared_ptr<const Weight> weight_;
  Vector bias_;
};

}  // namespace hearth
