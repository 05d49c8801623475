#pragma once

#include "backend/ops.h"
#include "base/checked_math.h"

namespace hearth::cpu {

/// Where things lie in one layer's part of a KV block: keys [kv_head][key_dim][32 tokens], so that a vector
/// lane is a position; then values [kv_head][32 tokens][value_dim, padded to 16], so that a lane is a
/// dimension.
struct KvLayout {
  explicit KvLayout(const KvShape& shape)
      : element(shape.dtype == DType::kF16 ? 2 : 4),
        key_dim(shape.key_dim),
        value_stride(round_up(shape.value_dim, 16)),
        key_bytes(size_t(key_dim) * kKvBlockTokens * element),
        value_bytes(size_t(value_stride) * kKvBlockTokens * element),
        values_begin(size_t(shape.num_kv_heads) * key_bytes),
        block_bytes(size_t(shape.num_kv_heads) * (key_bytes + value_bytes)) {}

  size_t key_offset(int kv_head) const { return size_t(kv_head) * key_bytes; }
  size_t value_offset(int kv_head) const { return values_begin + size_t(kv_head) * value_bytes; }

  size_t element;
  int key_dim, value_stride;
  size_t key_bytes, value_bytes;  ///< of one kv head
  size_t values_begin, block_bytes;
};

}  // namespace hearth::cpu
