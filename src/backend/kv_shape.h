#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/device_memory.h"
#include "quant/dtype.h"

namespace hearth {

/// Tokens in one KV block, on every device.
inline constexpr int kKvBlockTokens = 32;

/// Shape and storage type of one layer's keys and values.
struct KvShape {
  DType dtype = DType::kF16;
  int num_kv_heads = 0;
  int key_dim = 0;
  int value_dim = 0;
};

/// One layer's part of a pool of KV blocks: block b starts at base + b * block_stride and holds
/// `Device::kv_block_bytes(shape)` bytes, whose inner layout is the device's own.
struct KvLayer {
  DeviceAddress base = {};
  size_t block_stride = 0;
  KvShape shape;

  DeviceAddress block(int32_t index) const { return base + uint64_t(index) * block_stride; }
};

}  // namespace hearth
