#pragma once

#include <cmath>

namespace hearth {

// What the encoders of the block formats share. NaN and infinite inputs give some code, never undefined
// behaviour.

/// `value` cut to an integer of [low, high].
constexpr int truncate_to(float value, int low, int high) {
  if (!(value > float(low))) return low;
  return value >= float(high) ? high : int(value);
}

/// The integer of [low, high] nearest to `value`, ties away from zero.
inline int round_to(float value, int low, int high) { return truncate_to(std::round(value), low, high); }

/// 1 / d, or 0 where d is 0.
constexpr float inverse_or_zero(float d) { return d == 0.0f ? 0.0f : 1.0f / d; }

/// The value of largest magnitude, with its sign; the first of several. What is no number is larger than all,
/// so that keys and values that are none do not become zeros.
constexpr float largest_magnitude(const float* values, int count) {
  float largest = 0.0f;
  for (int i = 0; i < count; ++i) {
    if (values[i] != values[i]) return values[i];
    const float magnitude = values[i] < 0.0f ? -values[i] : values[i];
    if (magnitude > (largest < 0.0f ? -largest : largest)) largest = values[i];
  }
  return largest;
}

struct ValueRange {
  float min, max;
};

constexpr ValueRange value_range(const float* values, int count) {
  ValueRange range{values[0], values[0]};
  for (int i = 1; i < count; ++i) {
    range.min = values[i] < range.min ? values[i] : range.min;
    range.max = values[i] > range.max ? values[i] : range.max;
  }
  return range;
}

}  // namespace hearth
