#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/scale_search.h"

namespace hearth {

/// 256 values as 6-bit codes in 16 groups of 16, each with an 8-bit scale: x = d * s * (q - 32). The low four
/// bits of value i = 128 c + r are a nibble of ql[64 c + r % 64], the high one for r >= 64; the upper two are
/// bits 2p, 2p + 1 of qh[32 c + r % 32] with p = r / 32. 6.5625 bits a value.
struct Q6_K {
  static constexpr DType dtype = DType::kQ6_K;
  static constexpr std::string_view name = "Q6_K";
  static constexpr int block_size = 256;
  struct Block {
    uint8_t ql[128];
    uint8_t qh[64];
    int8_t scales[16];
    Half d;
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int i = 0; i < 256; ++i) {
      const int low = block.ql[i / 128 * 64 + i % 64] >> (i % 128 / 64 * 4) & 15;
      const int high = block.qh[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      const int8_t scale = block.scales[i / 16];
      out[i] = d * float(scale) * float((low | high << 4) - 32);
    }
  }

  static void encode(const float* in, Block& block) {
    float scales[16];
    for (int g = 0; g < 16; ++g) scales[g] = fit_scale({in + 16 * g, 16}, -32);
    const auto s = quantize_signed_scales(scales, -128);
    block = {.ql = {}, .qh = {}, .scales = {}, .d = s.step};
    for (int g = 0; g < 16; ++g) {
      block.scales[g] = int8_t(s.codes[g]);
      const float inverse = inverse_or_zero(to_float(s.step) * float(s.codes[g]));
      for (int i = 16 * g; i < 16 * (g + 1); ++i) {
        const int code = round_to(in[i] * inverse, -32, 31) + 32;
        block.ql[i / 128 * 64 + i % 64] |= uint8_t((code & 15) << (i % 128 / 64 * 4));
        block.qh[i / 128 * 32 + i % 32] |= uint8_t(code >> 4 << (i % 128 / 32 * 2));
      }
    }
  }
};
static_assert(sizeof(Q6_K::Block) == 210);

}  // namespace hearth
