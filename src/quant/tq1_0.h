#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 256 ternary values with one scale, five to a byte: x = d * (q - 1). A byte holds the digits of a fraction
/// in base 3, the first next to the point, times 256 and rounded up. Of value i < 160 byte i % 32 has digit
/// i / 32, of i < 240 byte 32 + i % 16 digit (i - 160) / 16, of the others qh[i % 4] digit (i - 240) / 4.
/// 1.6875 bits a value.
struct TQ1_0 {
  static constexpr DType dtype = DType::kTQ1_0;
  static constexpr std::string_view name = "TQ1_0";
  static constexpr int block_size = 256;
  struct Block {
    uint8_t qs[48];
    uint8_t qh[4];
    Half d;
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  /// The code of value i: 0, 1 or 2.
  static constexpr int code(const Block& block, int i) {
    if (i < 160) return digit(block.qs[i % 32], i / 32);
    if (i < 240) return digit(block.qs[32 + i % 16], (i - 160) / 16);
    return digit(block.qh[i % 4], (i - 240) / 4);
  }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int i = 0; i < 256; ++i) out[i] = d * float(code(block, i) - 1);
  }

  /// The scale is the largest magnitude.
  static void encode(const float* in, Block& block) {
    float d = largest_magnitude(in, block_size);
    if (d < 0.0f) d = -d;
    const float inverse = inverse_or_zero(d);
    const auto pack = [&](int first, int stride, int digits) {
      int whole = 0;
      for (int n = 0; n < 5; ++n)
        whole = 3 * whole + (n < digits ? round_to(in[first + n * stride] * inverse, -1, 1) + 1 : 0);
      return uint8_t((whole * 256 + 242) / 243);
    };
    for (int j = 0; j < 32; ++j) block.qs[j] = pack(j, 32, 5);
    for (int j = 0; j < 16; ++j) block.qs[32 + j] = pack(160 + j, 16, 5);
    for (int j = 0; j < 4; ++j) block.qh[j] = pack(240 + j, 4, 4);
    block.d = to_half(d);
  }

 private:
  static constexpr int digit(uint8_t byte, int index) {
    constexpr uint8_t kPowers[] = {1, 3, 9, 27, 81};
    return uint8_t(byte * kPowers[index]) * 3 >> 8;
  }
};
static_assert(sizeof(TQ1_0::Block) == 54);

}  // namespace hearth
