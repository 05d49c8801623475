#pragma once

#include <bit>
#include <cstdint>

namespace hearth {

/// IEEE 754 binary16 bits.
struct Half {
  uint16_t bits = 0;
};

/// bfloat16 bits: the upper half of a binary32.
struct BFloat16 {
  uint16_t bits = 0;
};

/// Exact.
constexpr float to_float(Half half) {
  const uint32_t sign = uint32_t(half.bits & 0x8000u) << 16;
  const uint32_t exponent = (half.bits >> 10) & 0x1f, mantissa = half.bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  const float magnitude = float(mantissa) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

/// Exact.
constexpr float to_float(BFloat16 value) { return std::bit_cast<float>(uint32_t(value.bits) << 16); }

/// Whether a value is a number and has an end.
constexpr bool is_finite(Half half) { return (half.bits & 0x7c00u) != 0x7c00u; }
constexpr bool is_finite(BFloat16 value) { return (value.bits & 0x7f80u) != 0x7f80u; }
constexpr bool is_finite(float value) {
  return (std::bit_cast<uint32_t>(value) & 0x7f800000u) != 0x7f800000u;
}

/// Rounds to nearest, ties to even; NaN stays NaN.
constexpr Half to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = uint16_t((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return {uint16_t(sign | 0x7e00u)};
  if (magnitude >= 0x47800000u) return {uint16_t(sign | 0x7c00u)};  // 2^16 and above
  if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 aligns the mantissa
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return {uint16_t(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u))};
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return {uint16_t(sign | (rounded - 0x38000000u) >> 13)};
}

/// Rounds to nearest, ties to even; NaN stays NaN.
constexpr BFloat16 to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {uint16_t((bits >> 16) | 64u)};
  return {uint16_t((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

}  // namespace hearth
