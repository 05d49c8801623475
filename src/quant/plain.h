#pragma once

#include "base/half.h"
#include "quant/dtype.h"

namespace hearth {

/// IEEE binary32, one value a block.
struct F32 {
  static constexpr DType dtype = DType::kF32;
  static constexpr std::string_view name = "F32";
  static constexpr int block_size = 1;
  using Block = float;

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block); }
  static constexpr void decode(const Block& block, float* out) { *out = block; }
  static constexpr void encode(const float* in, Block& block) { block = *in; }
};
static_assert(sizeof(F32::Block) == 4);

/// IEEE binary16, one value a block. Encoding rounds to nearest, ties to even; beyond 65504 lies infinity.
struct F16 {
  static constexpr DType dtype = DType::kF16;
  static constexpr std::string_view name = "F16";
  static constexpr int block_size = 1;
  using Block = Half;

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block); }
  static constexpr void decode(const Block& block, float* out) { *out = to_float(block); }
  static constexpr void encode(const float* in, Block& block) { block = to_half(*in); }
};
static_assert(sizeof(F16::Block) == 2);

/// The upper half of a binary32, one value a block. Encoding rounds to nearest, ties to even.
struct BF16 {
  static constexpr DType dtype = DType::kBF16;
  static constexpr std::string_view name = "BF16";
  static constexpr int block_size = 1;
  using Block = BFloat16;

  static constexpr bool is_finite(const Block& block) { return hearth::is_finite(block); }
  static constexpr void decode(const Block& block, float* out) { *out = to_float(block); }
  static constexpr void encode(const float* in, Block& block) { block = to_bfloat16(*in); }
};
static_assert(sizeof(BF16::Block) == 2);

}  // namespace hearth
