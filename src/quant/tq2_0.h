#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 256 ternary values with one scale, 2 bits each: x = d * (q - 1). Value i = 128 c + 32 p + l lies in bits
/// 2p, 2p + 1 of qs[32 c + l]. 2.0625 bits a value.
struct TQ2_0 {
  static constexpr DType dtype = DType::kTQ2_0;
  static constexpr std::string_view name = "TQ2_0";
  static constexpr int block_size = 256;
  struct Block {
    uint8_t qs[64];
    Half d;
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int i = 0; i < 256; ++i) {
      const int code = block.qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      out[i] = d * float(code - 1);
    }
  }

  /// The scale is the largest magnitude.
  static void encode(const float* in, Block& block) {
    float d = largest_magnitude(in, block_size);
    if (d < 0.0f) d = -d;
    const float inverse = inverse_or_zero(d);
    block = {.qs = {}, .d = to_half(d)};
    for (int i = 0; i < 256; ++i) {
      const int code = round_to(in[i] * inverse, -1, 1) + 1;
      block.qs[i / 128 * 32 + i % 32] |= uint8_t(code << (i % 128 / 32 * 2));
    }
  }
};
static_assert(sizeof(TQ2_0::Block) == 66);

}  // namespace hearth
