#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/device_memory.h"
#include "base/checked_math.h"

namespace hearth {

/// Sizes of a state-space mixer, and how it lies in the state of one layer, which is of floats: the last
/// conv_kernel - 1 inputs of the convolution [conv_kernel - 1, channels], the oldest first; then, from
/// heads_offset on, what every head keeps [num_heads, state_size, head_dim].
struct StateSpaceShape {
  int num_heads = 0;
  int head_dim = 0;
  int state_size = 0;
  int num_groups = 0;  ///< divides num_heads: heads of a group share B and C
  int conv_kernel = 0;

  int64_t inner_size() const { return int64_t(num_heads) * head_dim; }
  /// Of B, and of C, in all groups.
  int64_t groups_size() const { return int64_t(num_groups) * state_size; }
  /// x | B | C, which the convolution runs over.
  int64_t channels() const { return inner_size() + 2 * groups_size(); }
  /// z | x | B | C | dt.
  int64_t in_cols() const { return inner_size() + channels() + num_heads; }
  int64_t work_cols() const { return channels() + 2 * int64_t(num_heads); }
  int64_t heads_offset() const { return round_up((conv_kernel - 1) * channels(), int64_t{16}); }
  int64_t head_floats() const { return int64_t(state_size) * head_dim; }
  size_t state_bytes() const { return size_t(heads_offset() + num_heads * head_floats()) * sizeof(float); }
};

/// One layer's part of a pool of states: block b starts at base + b * block_stride.
struct StateLayer {
  DeviceAddress base = {};
  size_t block_stride = 0;

  DeviceAddress block(int32_t index) const { return base + uint64_t(index) * block_stride; }
};

}  // namespace hearth
