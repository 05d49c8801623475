#pragma once

#include <algorithm>

#include "backend/ops.h"

namespace hearth {

/// The first position that a row at `position` sees.
inline int first_visible(int position, const AttentionOp& op) {
  if (op.window == 0) return 0;
  return op.is_chunked ? position - position % op.window : std::max(position - op.window + 1, 0);
}

}  // namespace hearth
