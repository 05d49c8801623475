#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"

namespace hearth {

/// Dimensions of a dense row-major tensor, slowest first (PyTorch's order); at most four.
class Shape {
 public:
  static constexpr size_t kMaxRank = 4;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const int64_t> dims) : rank_(uint8_t(dims.size())) {
    CHECK(dims.size() <= kMaxRank);
    for (size_t i = 0; i < dims.size(); ++i) dims_[i] = dims[i];
  }

  size_t rank() const { return rank_; }
  int64_t operator[](size_t axis) const { return dims_[axis]; }
  /// The fastest dimension; 1 for a scalar.
  int64_t cols() const { return rank_ == 0 ? 1 : dims_[rank_ - 1]; }
  /// Everything but the fastest dimension. Dimensions of a file are checked when it is read, so this cannot
  /// wrap.
  int64_t rows() const {
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < rank_; ++i) rows *= dims_[i];
    return rows;
  }
  int64_t size() const { return rows() * cols(); }
  bool operator==(const Shape&) const = default;

 private:
  std::array<int64_t, kMaxRank> dims_{};
  uint8_t rank_ = 0;
};

}  // namespace hearth
