#pragma once

#include "backend/cpu/kernels/kernels.h"
#include "backend/ops.h"
#include "base/threads.h"

namespace hearth::cpu {

/// Runs RopeAppendOp: heads of all rows split over the threads.
void run_rope_append(const RopeAppendOp& op, const Kernels& kernels, ThreadPool& pool);

}  // namespace hearth::cpu
