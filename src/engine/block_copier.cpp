#include "engine/block_copier.h"

namespace hearth {

void KvBlockCopier::copy(size_t group, BlockId from, BlockId to) {
  const CacheSpec& spec = model_.cache_specs()[group];
  const KvGroup& memory = cache_.groups()[group];
  const KvShape shape{memory.dtype, spec.num_kv_heads, spec.key_dim, spec.value_dim};
  for (size_t offset : memory.layer_offsets) {
    model_.backend().copy_kv_block({memory.base + offset, memory.block_stride, shape}, from, to);
  }
}

}  // namespace hearth
