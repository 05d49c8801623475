#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth {

/// Ids of types from here on are our own; those below are GGUF's.
inline constexpr uint32_t kFirstOwnType = 128;

/// How the values of a tensor are stored.
enum class DType : uint8_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kIQ4_NL = 20,
  kIQ4_XS = 23,
  kI8 = 24,
  kI16 = 25,
  kI32 = 26,
  kI64 = 27,
  kF64 = 28,
  kBF16 = 30,
  kTQ1_0 = 34,
  kTQ2_0 = 35,
  kMXFP4 = 39,
  kU8 = kFirstOwnType,  ///< bytes that are part of a layout
  kE4M3,                ///< codes whose scales lie elsewhere
  kE8M0,                ///< powers of two, as scales
  kFP8,
};

/// Layout facts of a storage type.
struct DTypeInfo {
  DType dtype;
  std::string_view name;  ///< as GGUF tools print it: "Q4_K"
  uint32_t block_size;    ///< values in one block; 1 for plain types
  uint32_t block_bytes;
};

/// The facts of a known type id, or nothing.
std::optional<DTypeInfo> dtype_info(uint32_t id);

/// The facts of a known type.
DTypeInfo dtype_info(DType dtype);

}  // namespace hearth
