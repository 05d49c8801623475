#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as 4-bit codes with a scale and a minimum: x = d * q + m. Byte j of qs holds the code of value j
/// in its low nibble and that of value j + 16 in its high one. 5 bits a value.
struct Q4_1 {
  static constexpr DType dtype = DType::kQ4_1;
  static constexpr std::string_view name = "Q4_1";
  static constexpr int block_size = 32;
  struct Block {
    Half d, m;
    uint8_t qs[16];
  };

  static constexpr bool is_finite(const Block& block) {
    return hearth::is_finite(block.d) && hearth::is_finite(block.m);
  }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d), m = to_float(block.m);
    for (int j = 0; j < 16; ++j) {
      out[j] = d * float(block.qs[j] & 15) + m;
      out[j + 16] = d * float(block.qs[j] >> 4) + m;
    }
  }

  static constexpr void encode(const float* in, Block& block) {
    const ValueRange range = value_range(in, block_size);
    const float d = (range.max - range.min) / 15.0f;
    const float inverse = inverse_or_zero(d);
    block.d = to_half(d);
    block.m = to_half(range.min);
    for (int j = 0; j < 16; ++j) {
      const int low = truncate_to((in[j] - range.min) * inverse + 0.5f, 0, 15);
      const int high = truncate_to((in[j + 16] - range.min) * inverse + 0.5f, 0, 15);
      block.qs[j] = uint8_t(low | high << 4);
    }
  }
};
static_assert(sizeof(Q4_1::Block) == 20);

}  // namespace hearth
