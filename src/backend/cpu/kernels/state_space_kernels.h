#pragma once

#include <cstdint>

// What the state-space kernels of every instruction set take. Plain declarations: the kernels' own files
// include nothing else.

namespace hearth::cpu {

/// out = silu(bias + sum over taps of weights[tap] * inputs[tap]), [count].
struct StateSpaceConvArgs {
  int num_taps;
  const float* const* inputs;  ///< [num_taps], the oldest first; null: of zeros
  const float* weights;        ///< [num_taps][count], weight_stride from one tap to the next
  int64_t weight_stride;
  const float* bias;
  int64_t count;
  float* out;
};

/// One head of consecutive rows of a sequence. x, b, c, step and decay are those of the first row, `stride`
/// from one row to the next.
struct StateSpaceScanArgs {
  int64_t rows;
  const float* x;  ///< [head_dim]
  const float* b;  ///< [state_size]
  const float* c;  ///< [state_size]
  const float* step;
  const float* decay;
  int64_t stride;
  float d;
  int64_t head_dim, state_size;
  float* state;  ///< [state_size][head_dim]
  float* y;      ///< [head_dim] of each row
  int64_t y_stride;
};

}  // namespace hearth::cpu
