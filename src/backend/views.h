#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/device_memory.h"
#include "quant/dtype.h"

namespace hearth {

/// Bytes of one element of a type that views may have: f32, f16, bf16, i32.
constexpr uint64_t element_bytes(DType dtype) {
  return dtype == DType::kF16 || dtype == DType::kBF16 ? 2 : 4;
}

/// Elements side by side in a device's memory, such as weights of a norm or token ids. Without an address:
/// none.
struct VectorView {
  DeviceAddress data = {};
  int64_t size = 0;
  DType dtype = DType::kF32;

  explicit operator bool() const { return bool(data); }
  /// Elements [first, first + count); of none, none.
  VectorView part(int64_t first, int64_t count) const {
    if (!data) return *this;
    return {data + uint64_t(first) * element_bytes(dtype), count, dtype};
  }
};

/// Activations [rows, cols] in a device's memory, row-major; `stride` elements from one row to the next.
struct Matrix {
  DeviceAddress data = {};
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t stride = 0;
  DType dtype = DType::kF32;

  DeviceAddress row(int64_t index) const { return data + uint64_t(index * stride) * element_bytes(dtype); }
  /// Columns [begin, begin + count) of every row.
  Matrix columns(int64_t begin, int64_t count) const {
    return {data + uint64_t(begin) * element_bytes(dtype), rows, count, stride, dtype};
  }
  /// Rows [begin, begin + count).
  Matrix slice(int64_t begin, int64_t count) const { return {row(begin), count, cols, stride, dtype}; }
};

}  // namespace hearth
