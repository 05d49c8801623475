#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/encoding.h"

namespace hearth {

/// 32 values as 5-bit codes with one scale: x = d * (q - 16). The low four bits lie in qs as in Q4_0; bit 4
/// of the code of value i is bit i % 8 of qh[i / 8]. 5.5 bits a value.
struct Q5_0 {
  static constexpr DType dtype = DType::kQ5_0;
  static constexpr std::string_view name = "Q5_0";
  static constexpr int block_size = 32;
  struct Block {
    Half d;
    uint8_t qh[4];
    uint8_t qs[16];
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int i = 0; i < 32; ++i) {
      const int low = block.qs[i % 16] >> (i / 16 * 4) & 15;
      const int high = block.qh[i / 8] >> (i % 8) & 1;
      out[i] = d * float((low | high << 4) - 16);
    }
  }

  /// The value of largest magnitude becomes code 0.
  static constexpr void encode(const float* in, Block& block) {
    const float d = largest_magnitude(in, block_size) / -16.0f;
    const float inverse = inverse_or_zero(d);
    block = {.d = to_half(d), .qh = {}, .qs = {}};
    for (int i = 0; i < 32; ++i) {
      const int code = truncate_to(in[i] * inverse + 16.5f, 0, 31);
      block.qs[i % 16] |= uint8_t((code & 15) << (i / 16 * 4));
      block.qh[i / 8] |= uint8_t(code >> 4 << (i % 8));
    }
  }
};
static_assert(sizeof(Q5_0::Block) == 22);

}  // namespace hearth
