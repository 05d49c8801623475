#pragma once

#include "backend/ops.h"

namespace hearth {

/// StateSpaceOp in double precision, but for the state, which is rounded to f32 behind every token, so that a
/// prompt may be cut anywhere.
void run_reference_state_space(const StateSpaceOp& op);

}  // namespace hearth
