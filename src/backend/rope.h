#pragma once

#include <cmath>

#include "backend/ops.h"

namespace hearth {

/// Fills row `row` of cos and sin: the one definition of the angles, shared by every host backend.
inline void fill_rope_angles(const RopeAnglesOp& op, int64_t row) {
  const auto position = float(op.positions[size_t(row)]);
  for (size_t i = 0; i < op.inv_freq.size(); ++i) {
    const float angle = position * op.inv_freq[i];
    op.cos.row(row)[i] = std::cos(angle) * op.magnitude;
    op.sin.row(row)[i] = std::sin(angle) * op.magnitude;
  }
}

/// The first position that a row at `position` sees.
inline int first_visible(int position, int window) {
  return window > 0 && position >= window ? position - window + 1 : 0;
}

}  // namespace hearth
