#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/scale_search.h"

namespace hearth {

/// 256 values as 3-bit codes in 16 groups of 16, each with a 6-bit scale: x = d * (s - 32) * (q - 4). The low
/// two bits of value i = 128 c + 32 p + l are bits 2p, 2p + 1 of qs[32 c + l]; bit 2 is bit i / 32 of hmask[i
/// % 32]. The low nibble of scale g is in scales[g % 8] (low nibble for g < 8), its upper two bits are bits 2
/// (g / 4) and 2 (g / 4) + 1 of scales[8 + g % 4]. 3.4375 bits a value.
struct Q3_K {
  static constexpr DType dtype = DType::kQ3_K;
  static constexpr std::string_view name = "Q3_K";
  static constexpr int block_size = 256;
  struct Block {
    uint8_t hmask[32];
    uint8_t qs[64];
    uint8_t scales[12];
    Half d;
  };

  /// The scale of group g, s - 32.
  static constexpr int scale(const Block& block, int g) {
    const int low = block.scales[g % 8] >> (g / 8 * 4) & 15;
    const int high = block.scales[8 + g % 4] >> (g / 4 * 2) & 3;
    return (low | high << 4) - 32;
  }

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int i = 0; i < 256; ++i) {
      const int low = block.qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      const int high = block.hmask[i % 32] >> (i / 32) & 1;
      out[i] = d * float(scale(block, i / 16)) * float((low | high << 2) - 4);
    }
  }

  static void encode(const float* in, Block& block) {
    float scales[16];
    for (int g = 0; g < 16; ++g) scales[g] = fit_scale({in + 16 * g, 16}, -4);
    const auto s = quantize_signed_scales(scales, -32);
    block = {.hmask = {}, .qs = {}, .scales = {}, .d = s.step};
    for (int g = 0; g < 16; ++g) {
      const int stored = s.codes[g] + 32;
      block.scales[g % 8] |= uint8_t((stored & 15) << (g / 8 * 4));
      block.scales[8 + g % 4] |= uint8_t(stored >> 4 << (g / 4 * 2));
      const float inverse = inverse_or_zero(to_float(s.step) * float(s.codes[g]));
      for (int i = 16 * g; i < 16 * (g + 1); ++i) {
        const int code = round_to(in[i] * inverse, -4, 3) + 4;
        block.qs[i / 128 * 32 + i % 32] |= uint8_t((code & 3) << (i % 128 / 32 * 2));
        block.hmask[i % 32] |= uint8_t(code >> 2 << (i / 32));
      }
    }
  }
};
static_assert(sizeof(Q3_K::Block) == 110);

}  // namespace hearth
