#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/k_scales.h"
#include "quant/scale_search.h"

namespace hearth {

/// 256 values as 4-bit codes in 8 groups of 32, each with a 6-bit scale and minimum: x = d * s * q - dmin *
/// m. Value i = 64 c + l lies in the low nibble of qs[32 c + l] for l < 32, else in the high nibble of qs[32
/// c + l - 32]. 4.5 bits a value.
struct Q4_K {
  static constexpr DType dtype = DType::kQ4_K;
  static constexpr std::string_view name = "Q4_K";
  static constexpr int block_size = 256;
  struct Block {
    Half d, dmin;
    KScales scales;
    uint8_t qs[128];
  };

  static constexpr bool is_finite(const Block& block) {
    return hearth::is_finite(block.d) && hearth::is_finite(block.dmin);
  }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d), dmin = to_float(block.dmin);
    for (int g = 0; g < 8; ++g) {
      const float scale = d * float(block.scales.scale(g)), minimum = dmin * float(block.scales.minimum(g));
      for (int l = 0; l < 32; ++l) {
        const int code = block.qs[g / 2 * 32 + l] >> (g % 2 * 4) & 15;
        out[32 * g + l] = scale * float(code) - minimum;
      }
    }
  }

  static void encode(const float* in, Block& block) {
    float scales[8], minima[8];
    for (int g = 0; g < 8; ++g) {
      const ScaleAndMinimum fit = fit_scale_and_minimum({in + 32 * g, 32}, 15);
      scales[g] = fit.scale;
      minima[g] = fit.minimum;
    }
    const auto s = quantize_scales(scales, 63), m = quantize_scales(minima, 63);
    block = {.d = s.step, .dmin = m.step, .scales = KScales::pack(s.codes, m.codes), .qs = {}};
    for (int g = 0; g < 8; ++g) {
      const float inverse = inverse_or_zero(to_float(s.step) * float(s.codes[g]));
      const float minimum = to_float(m.step) * float(m.codes[g]);
      for (int l = 0; l < 32; ++l) {
        const int code = round_to((in[32 * g + l] + minimum) * inverse, 0, 15);
        block.qs[g / 2 * 32 + l] |= uint8_t(code << (g % 2 * 4));
      }
    }
  }
};
static_assert(sizeof(Q4_K::Block) == 144);

}  // namespace hearth
