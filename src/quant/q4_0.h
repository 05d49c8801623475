#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as 4-bit codes with one scale: x = d * (q - 8). Byte j of qs holds the code of value j in its
/// low nibble and that of value j + 16 in its high one. 4.5 bits a value.
struct Q4_0 {
  static constexpr DType dtype = DType::kQ4_0;
  static constexpr std::string_view name = "Q4_0";
  static constexpr int block_size = 32;
  struct Block {
    Half d;
    uint8_t qs[16];
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int j = 0; j < 16; ++j) {
      out[j] = d * float((block.qs[j] & 15) - 8);
      out[j + 16] = d * float((block.qs[j] >> 4) - 8);
    }
  }

  /// The value of largest magnitude becomes code 0.
  static constexpr void encode(const float* in, Block& block) {
    const float d = largest_magnitude(in, block_size) / -8.0f;
    const float inverse = inverse_or_zero(d);
    block.d = to_half(d);
    for (int j = 0; j < 16; ++j) {
      const int low = truncate_to(in[j] * inverse + 8.5f, 0, 15);
      const int high = truncate_to(in[j + 16] * inverse + 8.5f, 0, 15);
      block.qs[j] = uint8_t(low | high << 4);
    }
  }
};
static_assert(sizeof(Q4_0::Block) == 18);

}  // namespace hearth
