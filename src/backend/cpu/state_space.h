#pragma once

#include "backend/cpu/kernels/kernels.h"
#include "backend/ops.h"
#include "base/threads.h"

namespace hearth::cpu {

/// Runs StateSpaceOp: the convolution by rows and channels, then each head of each sequence through its rows,
/// then gate and norm by rows.
void run_state_space(const StateSpaceOp& op, const Kernels& kernels, ThreadPool& pool);

}  // namespace hearth::cpu
