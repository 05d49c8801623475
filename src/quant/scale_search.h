#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/half.h"
#include "quant/encoding.h"

namespace hearth {

// Least-squares searches for the scales of block formats: a trial scale gives integer codes, the scale that
// fits these codes best is solved for, and of all trials the one with the smallest squared error wins.
// All-zero input gives scale 0.

/// The d that makes sum (x - d * q)^2 small over integers q in [low, -low - 1], low < 0. May be negative,
/// since the value of largest magnitude is given the longer side of the range.
float fit_scale(std::span<const float> values, int low);

/// x is about scale * q - minimum, q in [0, high]; neither is negative.
struct ScaleAndMinimum {
  float scale, minimum;
};

/// The pair that makes sum (x - scale * q + minimum)^2 small.
ScaleAndMinimum fit_scale_and_minimum(std::span<const float> values, int high);

/// The d that makes sum (x - d * c)^2 small over entries c of an ascending codebook of both signs, whose
/// entry of largest magnitude is the first.
float fit_codebook_scale(std::span<const float> values, std::span<const int8_t> codebook);

/// The index of the codebook's entry nearest to `value`; the codebook ascends.
int nearest_entry(float value, std::span<const int8_t> codebook);

/// Scales of a block's groups as integers times a common step: scale_g is about step * codes[g].
template <size_t kGroups>
struct QuantizedScales {
  Half step;
  int codes[kGroups];
};

/// Of scales that are not negative: codes in [0, high].
template <size_t kGroups>
QuantizedScales<kGroups> quantize_scales(const float (&scales)[kGroups], int high) {
  QuantizedScales<kGroups> result{};
  result.step = to_half(largest_magnitude(scales, kGroups) / float(high));
  const float inverse = inverse_or_zero(to_float(result.step));
  for (size_t g = 0; g < kGroups; ++g) result.codes[g] = round_to(scales[g] * inverse, 0, high);
  return result;
}

/// Of scales of either sign: codes in [low, -low - 1], low < 0.
template <size_t kGroups>
QuantizedScales<kGroups> quantize_signed_scales(const float (&scales)[kGroups], int low) {
  QuantizedScales<kGroups> result{};
  result.step = to_half(largest_magnitude(scales, kGroups) / float(low));
  const float inverse = inverse_or_zero(to_float(result.step));
  for (size_t g = 0; g < kGroups; ++g) result.codes[g] = round_to(scales[g] * inverse, low, -low - 1);
  return result;
}

}  // namespace hearth
