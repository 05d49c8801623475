#include "engine/cache/block_memory.h"

#include <fmt/format.h>

#include "base/check.h"

namespace hearth {

Backend& KvBlockMemory::device_of(size_t group) const {
  return model_.placement().device(model_.cache_specs()[group].device);
}

void KvBlockMemory::copy(size_t group, BlockId from, BlockId to) {
  const CacheSpec& spec = model_.cache_specs()[group];
  const KvGroup& memory = cache_.groups()[group];
  const KvShape shape{memory.dtype, spec.num_kv_heads, spec.key_dim, spec.value_dim};
  for (size_t offset : memory.layer_offsets) {
    device_of(group).copy_kv_block({memory.base + offset, memory.block_stride, shape}, from, to);
  }
}

void KvBlockMemory::read(size_t group, BlockId block, std::span<std::byte> out) {
  const KvGroup& memory = cache_.groups()[group];
  CHECK(out.size() == memory.block_stride);
  device_of(group).download(memory.base + uint64_t(block) * memory.block_stride, out);
}

void KvBlockMemory::write(size_t group, BlockId block, std::span<const std::byte> in) {
  const KvGroup& memory = cache_.groups()[group];
  CHECK(in.size() == memory.block_stride);
  device_of(group).upload(in, memory.base + uint64_t(block) * memory.block_stride);
}

std::string KvBlockMemory::format(size_t context) const {
  // Results are those of all devices together, and which layer is on which decides them.
  const Placement& placement = model_.placement();
  std::string text = "2";
  for (const Backend* device : placement.devices) text += fmt::format(" {}", device->numeric_identity());
  if (placement.devices.size() > 1) {
    text += fmt::format(" {}", placement.embedding);
    for (const Placement::Layer& layer : placement.layers)
      text += fmt::format(" {}+{}", layer.mixer, layer.feed_forward);
  }
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
