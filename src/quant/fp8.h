#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as 8-bit floats (E4M3, of the OCP specification without infinities) under a scale in binary32:
/// x = d * code. What checkpoints in fp8 hold, their scales of larger blocks repeated. 9 bits a value.
struct FP8 {
  static constexpr DType dtype = DType::kFP8;
  static constexpr std::string_view name = "FP8";
  static constexpr int block_size = 32;
  static constexpr float kLargestCode = 448.0f;
  struct Block {
    float d;
    uint8_t qs[32];
  };

  /// Sign, 4 bits of exponent (bias 7), 3 of mantissa; all ones are no number.
  static constexpr float value(uint8_t code) {
    const uint32_t magnitude = code & 0x7fu, sign = uint32_t(code & 0x80u) << 24;
    if (magnitude == 0x7f) return std::numeric_limits<float>::quiet_NaN();
    const float absolute =
        magnitude < 8 ? float(magnitude) * 0x1p-9f : std::bit_cast<float>((magnitude << 20) + (120u << 23));
    return std::bit_cast<float>(std::bit_cast<uint32_t>(absolute) | sign);
  }

  static constexpr bool is_finite(const Block& block) {
    int good = 1;
    for (const uint8_t code : block.qs) good &= int((code & 0x7f) != 0x7f);
    constexpr float kSafeScale = std::numeric_limits<float>::max() / kLargestCode;
    if (block.d >= -kSafeScale && block.d <= kSafeScale) return good != 0;
    float values[block_size] = {};
    decode(block, values);
    for (const float value : values) good &= int(hearth::is_finite(value));
    return good != 0;
  }

  static constexpr void decode(const Block& block, float* out) {
    for (int j = 0; j < block_size; ++j) out[j] = block.d * value(block.qs[j]);
  }

  /// The largest magnitude becomes the largest code; ties go to even.
  static void encode(const float* in, Block& block) {
    block.d = std::fabs(largest_magnitude(in, block_size)) / kLargestCode;
    for (int j = 0; j < block_size; ++j) block.qs[j] = nearest(in[j] * inverse_or_zero(block.d));
  }

 private:
  static uint8_t nearest(float value) {
    if (value != value) return 0x7f;
    const uint8_t sign = std::signbit(value) ? 0x80 : 0;
    const float magnitude = std::fmin(std::fabs(value), kLargestCode);
    int exponent = 0;
    std::frexp(magnitude, &exponent);  // magnitude = f * 2^exponent, f in [0.5, 1)
    exponent = exponent - 1 < -6 ? -6 : exponent - 1;
    const auto steps =
        int(std::nearbyint(std::ldexp(magnitude, 3 - exponent)));  // 8 to 16, fewer if subnormal
    return uint8_t(sign | ((exponent + 7) * 8 + steps - 8));
  }
};
static_assert(sizeof(FP8::Block) == 36);

}  // namespace hearth
