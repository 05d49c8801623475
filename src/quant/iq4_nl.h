#pragma once

#include "base/half.h"
#include "quant/dtype.h"
#include "quant/scale_search.h"

namespace hearth {

/// The codebook of the non-linear 4-bit formats, denser around zero.
inline constexpr int8_t kIq4Codebook[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                            1,    13,   25,  38,  53,  69,  89,  113};

/// 32 values as 4-bit indices into `kIq4Codebook` with one scale: x = d * codebook[q]. Byte j of qs holds the
/// index of value j in its low nibble and that of value j + 16 in its high one. 4.5 bits a value.
struct IQ4_NL {
  static constexpr DType dtype = DType::kIQ4_NL;
  static constexpr std::string_view name = "IQ4_NL";
  static constexpr int block_size = 32;
  struct Block {
    Half d;
    uint8_t qs[16];
  };

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block.d); }

  static constexpr void decode(const Block& block, float* out) {
    const float d = to_float(block.d);
    for (int j = 0; j < 16; ++j) {
      out[j] = d * float(kIq4Codebook[block.qs[j] & 15]);
      out[j + 16] = d * float(kIq4Codebook[block.qs[j] >> 4]);
    }
  }

  static void encode(const float* in, Block& block) {
    block.d = to_half(fit_codebook_scale({in, 32}, kIq4Codebook));
    const float inverse = inverse_or_zero(to_float(block.d));
    for (int j = 0; j < 16; ++j) {
      const int low = nearest_entry(in[j] * inverse, kIq4Codebook);
      const int high = nearest_entry(in[j + 16] * inverse, kIq4Codebook);
      block.qs[j] = uint8_t(low | high << 4);
    }
  }
};
static_assert(sizeof(IQ4_NL::Block) == 18);

}  // namespace hearth
