#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/scale_search.h"

namespace hearth {

/// 256 values as 2-bit codes in 16 groups of 16, each with a 4-bit scale and minimum: x = d * s * q - dmin *
/// m. scales[g] holds s in its low nibble, m in its high one. Value i = 128 c + 32 p + l lies in bits 2p, 2p
/// + 1 of qs[32 c + l]. 2.625 bits a value.
struct Q2_K {
  static constexpr DType dtype = DType::kQ2_K;
  static constexpr std::string_view name = "Q2_K";
  static constexpr int block_size = 256;
  struct Block {
    uint8_t scales[16];
    uint8_t qs[64];
    Half d, dmin;
  };

  static constexpr bool is_finite(const Block& block) {
    return hearth::is_finite(block.d) && hearth::is_finite(block.dmin);
  }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d), dmin = to_float(block.dmin);
    for (int i = 0; i < 256; ++i) {
      const float scale = d * float(block.scales[i / 16] & 15);
      const float minimum = dmin * float(block.scales[i / 16] >> 4);
      const int code = block.qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      out[i] = scale * float(code) - minimum;
    }
  }

  static void encode(const float* in, Block& block) {
    float scales[16], minima[16];
    for (int g = 0; g < 16; ++g) {
      const ScaleAndMinimum fit = fit_scale_and_minimum({in + 16 * g, 16}, 3);
      scales[g] = fit.scale;
      minima[g] = fit.minimum;
    }
    const auto s = quantize_scales(scales, 15), m = quantize_scales(minima, 15);
    block = {.scales = {}, .qs = {}, .d = s.step, .dmin = m.step};
    for (int g = 0; g < 16; ++g) {
      block.scales[g] = uint8_t(s.codes[g] | m.codes[g] << 4);
      const float inverse = inverse_or_zero(to_float(s.step) * float(s.codes[g]));
      const float minimum = to_float(m.step) * float(m.codes[g]);
      for (int i = 16 * g; i < 16 * (g + 1); ++i) {
        const int code = round_to((in[i] + minimum) * inverse, 0, 3);
        block.qs[i / 128 * 32 + i % 32] |= uint8_t(code << (i % 128 / 32 * 2));
      }
    }
  }
};
static_assert(sizeof(Q2_K::Block) == 84);

}  // namespace hearth
