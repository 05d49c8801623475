#pragma once

#include <cmath>
#include <cstdint>

namespace hearth {

/// Multiplies x by the orthonormal Hadamard matrix, in blocks of the largest power of two that divides
/// `count`. It is its own inverse and keeps dot products; what one dimension held alone, all share, so that a
/// scale for many dimensions fits them better. One order of operations everywhere.
inline void rotate_hadamard(float* x, int64_t count) {
  const int64_t block = count & -count;
  for (int64_t half = 1; half < block; half *= 2) {
    for (int64_t first = 0; first < count; first += 2 * half) {
      for (int64_t i = first; i < first + half; ++i) {
        const float a = x[i], b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
  const float norm = 1.0f / std::sqrt(float(block));
  for (int64_t i = 0; i < count; ++i) x[i] *= norm;
}

}  // namespace hearth
