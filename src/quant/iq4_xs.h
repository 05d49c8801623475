#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/iq4_nl.h"
#include "quant/scale_search.h"

namespace hearth {

/// 256 values as 4-bit indices into `kIq4Codebook` in 8 groups of 32, each with a 6-bit scale:
/// x = d * (s - 32) * codebook[q]. The low nibble of scale g is in scales_l[g / 2] (the high nibble for odd
/// g), its upper two bits are bits 2g, 2g + 1 of scales_h. Within group g, byte 16 g + j of qs holds values j
/// (low nibble) and j + 16 (high). 4.25 bits a value.
struct IQ4_XS {
  static constexpr DType dtype = DType::kIQ4_XS;
  static constexpr std::string_view name = "IQ4_XS";
  static constexpr int block_size = 256;
  struct Block {
    Half d;
    uint16_t scales_h;
    uint8_t scales_l[4];
    uint8_t qs[128];
  };

  /// The scale of group g, s - 32.
  static constexpr int scale(const Block& block, int g) {
    const int low = block.scales_l[g / 2] >> (g % 2 * 4) & 15;
    const int high = block.scales_h >> (2 * g) & 3;
    return (low | high << 4) - 32;
  }

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int g = 0; g < 8; ++g) {
      const float group_scale = d * float(scale(block, g));
      for (int l = 0; l < 32; ++l) {
        const int index = block.qs[16 * g + l % 16] >> (l / 16 * 4) & 15;
        out[32 * g + l] = group_scale * float(kIq4Codebook[index]);
      }
    }
  }

  static void encode(const float* in, Block& block) {
    float scales[8];
    for (int g = 0; g < 8; ++g) scales[g] = fit_codebook_scale({in + 32 * g, 32}, kIq4Codebook);
    const auto s = quantize_signed_scales(scales, -32);
    block = {.d = s.step, .scales_h = 0, .scales_l = {}, .qs = {}};
    for (int g = 0; g < 8; ++g) {
      const int stored = s.codes[g] + 32;
      block.scales_l[g / 2] |= uint8_t((stored & 15) << (g % 2 * 4));
      block.scales_h |= uint16_t(stored >> 4 << (2 * g));
      const float inverse = inverse_or_zero(to_float(s.step) * float(s.codes[g]));
      for (int l = 0; l < 32; ++l) {
        const int index = nearest_entry(in[32 * g + l] * inverse, kIq4Codebook);
        block.qs[16 * g + l % 16] |= uint8_t(index << (l / 16 * 4));
      }
    }
  }
};
static_assert(sizeof(IQ4_XS::Block) == 136);

}  // namespace hearth
