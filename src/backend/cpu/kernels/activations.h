#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth::cpu {

/// Input rows of a matrix product, in tiles of `width` rows side by side, so that a kernel walks one pointer.
/// A tile of width w holds, for each block of 32 inputs:
///   values  [8 groups][w][4] int8, scaled to +-127 by the block's largest magnitude; by column, [w][32],
///           in a tile that a matrix unit reads
///   scales  [w] f32: value = scale * int8
///   sums    [w] f32: scale * (sum of the block's int8)
///   starts  [w] int32: -8 * (sum of the block's int8), what a zero point of 8 adds to an accumulator
/// for codecs with records, where the 128 inputs of a span share a scale:
///   values  the same, scaled by the span's largest magnitude; by column, [w][256] a record
///   scales  [w] f32 a span
///   sums    [2][w] f32 a block: the sum of its int8, and of its second half's
///   starts  [2][w] int32 a block: -8 * (sum of each half block's int8)
/// and, where a codec reads it, floats [k][w], or splits [3][w][32] a block: bfloat16s that add up to an
/// input. Kernels that sum words of 16 bits hold starts and a record's sums as pairs of words: see
/// block_sums_avx2.inl.
struct ActivationTile {
  int width;
  bool by_column;
  const int8_t* values;
  const float* scales;
  const float* sums;
  const int32_t* starts;
  const float* floats;
  const uint16_t* splits;
};

/// In which forms a product reads its inputs.
struct ActivationForms {
  bool blocks = false, records = false, floats = false, splits = false;
};

/// bfloat16s that an input is cut into.
inline constexpr int kInputParts = 3;

}  // namespace hearth::cpu
