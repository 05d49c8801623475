#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as 4-bit floats (E2M1) with a power of two: the OCP Microscaling format. x = 2^(e - 128) * code,
/// where `kCodes` holds twice the E2M1 values. Byte j of qs holds the code of value j in its low nibble and
/// that of value j + 16 in its high one. e = 255, which the specification calls NaN, is a plain exponent in
/// GGUF. 4.25 bits a value.
struct MXFP4 {
  static constexpr DType dtype = DType::kMXFP4;
  static constexpr std::string_view name = "MXFP4";
  static constexpr int block_size = 32;
  static constexpr int8_t kCodes[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  struct Block {
    uint8_t e;
    uint8_t qs[16];
  };

  /// 2^(e - 128), exact; subnormal for e < 2.
  static constexpr float scale(uint8_t e) {
    return std::bit_cast<float>(e < 2 ? 0x00200000u << e : uint32_t(e - 1) << 23);
  }

  /// The largest exponents leave the range of floats.
  static constexpr bool is_finite(const Block& block) {
    if (block.e < 253) return true;
    float values[block_size] = {};
    decode(block, values);
    for (const float value : values) {
      if (!hearth::is_finite(value)) return false;
    }
    return true;
  }

  static constexpr void decode(const Block& block, float* out) {
    const float d = scale(block.e);
    for (int j = 0; j < 16; ++j) {
      out[j] = d * float(kCodes[block.qs[j] & 15]);
      out[j + 16] = d * float(kCodes[block.qs[j] >> 4]);
    }
  }

  /// The exponent is that of the largest magnitude, less 2 (E2M1 ends at 6); each value takes the nearest
  /// code, the lower index of two.
  static void encode(const float* in, Block& block) {
    const float largest = std::fabs(largest_magnitude(in, block_size));
    int exponent = 0;
    std::frexp(largest, &exponent);  // largest = f * 2^exponent, f in [0.5, 1)
    block.e = largest > 0.0f ? uint8_t(truncate_to(float(exponent - 3 + 127), 0, 255)) : uint8_t(0);
    const float d = scale(block.e);
    for (int j = 0; j < 16; ++j) block.qs[j] = uint8_t(nearest(in[j], d) | nearest(in[j + 16], d) << 4);
  }

 private:
  static int nearest(float value, float d) {
    int best = 0;
    for (int code = 1; code < 16; ++code) {
      if (std::fabs(d * float(kCodes[code]) - value) < std::fabs(d * float(kCodes[best]) - value))
        best = code;
    }
    return best;
  }
};
static_assert(sizeof(MXFP4::Block) == 17);

}  // namespace hearth
