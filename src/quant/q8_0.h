#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as signed bytes with one scale: x = d * q. 8.5 bits a value.
struct Q8_0 {
  static constexpr DType dtype = DType::kQ8_0;
  static constexpr std::string_view name = "Q8_0";
  static constexpr int block_size = 32;
  struct Block {
    Half d;
    int8_t qs[32];
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int i = 0; i < 32; ++i) out[i] = d * float(block.qs[i]);
  }

  static void encode(const float* in, Block& block) {
    const float d = std::fabs(largest_magnitude(in, block_size)) / 127.0f;
    const float inverse = inverse_or_zero(d);
    block.d = to_half(d);
    for (int i = 0; i < 32; ++i) block.qs[i] = int8_t(round_to(in[i] * inverse, -128, 127));
  }
};
static_assert(sizeof(Q8_0::Block) == 34);

}  // namespace hearth
