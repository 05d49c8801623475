#pragma once

#include <memory>
#include <span>

#include "backend/backend.h"

namespace hearth {

/// A f32 vector on the device.
class Vector {
 public:
  Vector() = default;
  explicit Vector(Buffer buffer) : buffer_(std::move(buffer)) {}
  const float* data() const { return buffer_.floats(); }  ///< null where there is none

 private:
  Buffer buffer_;
};

/// y = x W^T + b. The weight may be shared: a tied output head is the embedding's.
class Linear {
 public:
  Linear() = default;
  Linear(Backend& backend, std::shared_ptr<const Weight> weight, Vector bias = {})
      : backend_(&backend), weight_(std::move(weight)), bias_(std::move(bias)) {}

  /// out = prologue(in) W^T + b; with `in_rows`, of those rows of `in`.
  void forward(const Matrix& in, const Prologue& prologue, const Matrix& out,
               std::span<const int32_t> in_rows = {}) const {
    run(in, prologue, out, in_rows, false);
  }
  /// out += prologue(in) W^T + b.
  void add_to(const Matrix& in, const Prologue& prologue, const Matrix& out) const {
    run(in, prologue, out, {}, true);
  }

 private:
  void run(const Matrix& in, const Prologue& prologue, const Matrix& out, std::span<const int32_t> in_rows,
           bool accumulate) const;

  Backend* backend_ = nullptr;
  std::shared_ptr<const Weight> weight_;
  Vector bias_;
};

}  // namespace hearth
