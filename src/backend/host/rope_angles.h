#pragma once

#include <cmath>

#include "backend/host/host_views.h"
#include "backend/ops.h"

namespace hearth {

/// Fills row `row` of cos and sin: the one definition of the angles, shared by every host backend.
inline void fill_rope_angles(const RopeAnglesOp& op, int64_t row) {
  const auto position = float(host_ints(op.positions)[size_t(row)]);
  const float* inv_freq = host_floats(op.inv_freq);
  float *cos = host_row(op.cos, row), *sin = host_row(op.sin, row);
  for (int64_t i = 0; i < op.inv_freq.size; ++i) {
    const float angle = position * inv_freq[i];
    cos[i] = std::cos(angle) * op.magnitude;
    sin[i] = std::sin(angle) * op.magnitude;
  }
}

}  // namespace hearth
