#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as 5-bit codes with a scale and a minimum: x = d * q + m. The low four bits lie in qs as in
/// Q4_1; bit 4 of the code of value i is bit i % 8 of qh[i / 8]. 6 bits a value.
struct Q5_1 {
  static constexpr DType dtype = DType::kQ5_1;
  static constexpr std::string_view name = "Q5_1";
  static constexpr int block_size = 32;
  struct Block {
    Half d, m;
    uint8_t qh[4];
    uint8_t qs[16];
  };

  static constexpr bool is_finite(const Block& block) {
    return hearth::is_finite(block.d) && hearth::is_finite(block.m);
  }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d), m = to_float(block.m);
    for (int i = 0; i < 32; ++i) {
      const int low = block.qs[i % 16] >> (i / 16 * 4) & 15;
      const int high = block.qh[i / 8] >> (i % 8) & 1;
      out[i] = d * float(low | high << 4) + m;
    }
  }

  static constexpr void encode(const float* in, Block& block) {
    const ValueRange range = value_range(in, block_size);
    const float d = (range.max - range.min) / 31.0f;
    const float inverse = inverse_or_zero(d);
    block = {.d = to_half(d), .m = to_half(range.min), .qh = {}, .qs = {}};
    for (int i = 0; i < 32; ++i) {
      const int code = truncate_to((in[i] - range.min) * inverse + 0.5f, 0, 31);
      block.qs[i % 16] |= uint8_t((code & 15) << (i / 16 * 4));
      block.qh[i / 8] |= uint8_t(code >> 4 << (i % 8));
    }
  }
};
static_assert(sizeof(Q5_1::Block) == 24);

}  // namespace hearth
