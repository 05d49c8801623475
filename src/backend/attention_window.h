#pragma once

#include "backend/ops.h"

namespace hearth {

/// The positions that a row sees, both ends included.
struct VisiblePositions {
  int first, last;
};

/// Of the row at `position` of a sequence.
inline VisiblePositions visible_positions(const AttentionOp& op, const SequenceRows& sequence, int position) {
  VisiblePositions visible{0, op.causal ? position : sequence.first_position + sequence.num_rows - 1};
  if (op.window == 0) return visible;
  if (op.is_chunked) {
    visible.first = position - position % op.window;
    if (visible.last - visible.first >= op.window) visible.last = visible.first + op.window - 1;
    return visible;
  }
  if (position >= op.window) visible.first = position - op.window + 1;
  if (visible.last - position >= op.window) visible.last = position + op.window - 1;
  return visible;
}

}  // namespace hearth
