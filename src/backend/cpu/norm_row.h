#pragma once

#include "backend/cpu/kernels/kernels.h"
#include "backend/host/host_views.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// out = norm(in), [cols]; they may be the same.
inline void norm_row(const Kernels& kernels, const NormPrologue& norm, const float* in, int64_t cols,
                     float* out) {
  if (norm.kind == NormKind::kLayer) {
    kernels.layer_norm(in, host_floats(norm.weight), host_floats(norm.bias), norm.eps, cols, out);
  } else {
    kernels.rms_norm(in, host_floats(norm.weight), norm.eps, cols, out);
  }
}

}  // namespace hearth::cpu
