#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backend/views.h"
#include "base/check.h"

// Device memory as host memory, for devices where it is that: nobody else may look.

namespace hearth {

inline DeviceAddress host_address(const void* data) {
  return DeviceAddress(reinterpret_cast<uintptr_t>(data));
}
inline std::byte* host_bytes(DeviceAddress address) {
  return reinterpret_cast<std::byte*>(uintptr_t(address.value()));
}
inline float* host_floats(DeviceAddress address) { return reinterpret_cast<float*>(host_bytes(address)); }

/// Null where there are none.
inline const float* host_floats(const VectorView& vector) {
  CHECK(vector.dtype == DType::kF32);
  return host_floats(vector.data);
}
inline std::span<const int32_t> host_ints(const VectorView& vector) {
  CHECK(vector.dtype == DType::kI32 || vector.size == 0);
  return {reinterpret_cast<const int32_t*>(host_bytes(vector.data)), size_t(vector.size)};
}
inline float* host_row(const Matrix& matrix, int64_t index) {
  CHECK(matrix.dtype == DType::kF32);
  return host_floats(matrix.row(index));
}

inline VectorView vector_of(std::span<const float> values) {
  return {host_address(values.data()), int64_t(values.size()), DType::kF32};
}
inline VectorView vector_of(std::span<const int32_t> values) {
  return {host_address(values.data()), int64_t(values.size()), DType::kI32};
}
/// Rows one behind the other.
inline Matrix matrix_of(float* data, int64_t rows, int64_t cols) {
  return {host_address(data), rows, cols, cols, DType::kF32};
}

}  // namespace hearth
