#pragma once

#include <cmath>

#include "backend/ops.h"

namespace hearth {

/// By what the queries at `position` are multiplied: the one definition, shared by every host backend.
inline float query_scale(const QueryScaling& scaling, int position) {
  if (scaling.beta == 0.0f) return 1.0f;
  const int step = (position + scaling.first) / scaling.length;
  return float(1.0 + double(scaling.beta) * std::log1p(double(step)));
}

}  // namespace hearth
