#include "engine/cache/block_memory.h"

#include <fmt/format.h>

#include "base/check.h"

namespace hearth {

void KvBlockMemory::copy(size_t group, BlockId from, BlockId to) {
  const CacheSpec& spec = model_.cache_specs()[group];
  const KvGroup& memory = cache_.groups()[group];
  const KvShape shape{memory.dtype, spec.num_kv_heads, spec.key_dim, spec.value_dim};
  for (size_t offset : memory.layer_offsets) {
    model_.backend().copy_kv_block({memory.base + offset, memory.block_stride, shape}, from, to);
  }
}

void KvBlockMemory::read(size_t group, BlockId block, std::span<std::byte> out) {
  const KvGroup& memory = cache_.groups()[group];
  CHECK(out.size() == memory.block_stride);
  model_.backend().download(memory.base + size_t(block) * memory.block_stride, out);
}

void KvBlockMemory::write(size_t group, BlockId block, std::span<const std::byte> in) {
  const KvGroup& memory = cache_.groups()[group];
  CHECK(in.size() == memory.block_stride);
  model_.backend().upload(in, memory.base + size_t(block) * memory.block_stride);
}

std::string KvBlockMemory::format(size_t context) const {
  std::string text = fmt::format("2 {}", model_.backend().numeric_identity());
  const RopeScaling& scaling = model_.config().rope_scaling;
  if (scaling.type == RopeScaling::Type::kLongRope) {
    text += int(context) > scaling.original_max_position_embeddings ? " long" : " short";
  }
  for (size_t g = 0; g < num_groups(); ++g) {
    const CacheSpec& spec = model_.cache_specs()[g];
    const KvGroup& memory = cache_.groups()[g];
    text +=
        fmt::format(" {}/{}/{}/{}/{}/{}/{}/{}", dtype_info(memory.dtype).name, spec.window, spec.num_kv_heads,
                    spec.key_dim, spec.value_dim, spec.state_bytes, spec.layers.size(), memory.block_stride);
  }
  return text;
}

}  // namespace hearth
