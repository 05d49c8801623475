#include "engine/cache/kv_cache.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/checked_math.h"

namespace hearth {
namespace {

constexpr size_t kAlignment = 64;
// States beside those of the sequences, for cached prefixes.
constexpr size_t kKeptStates = 8;

std::unexpected<Error> too_large(const KvCacheNeeds& needs) {
  return fail_hint(ErrorCode::kResourceLimit, "ask for a smaller context",
                   "a KV cache of {} tokens is too large", needs.num_tokens);
}

}  // namespace

size_t KvCacheLayout::bytes() const {
  size_t total = 0;
  for (const Group& group : groups) total += group.block_stride * size_t(group.num_blocks);
  return total;
}

size_t KvCacheLayout::bytes_on(size_t device) const {
  size_t total = 0;
  for (const Group& group : groups) {
    if (group.device == device) total += group.block_stride * size_t(group.num_blocks);
  }
  return total;
}

size_t KvCacheLayout::state_bytes() const {
  size_t total = 0;
  for (const Group& group : groups) {
    if (group.is_state) total += group.block_stride * size_t(group.num_blocks);
  }
  return total;
}

size_t KvCacheLayout::bytes_of_sequence(size_t num_tokens) const {
  size_t total = 0;
  for (const Group& group : groups) {
    const int64_t blocks =
        group.is_state ? kStatesForSequence : blocks_for_sequence(num_tokens, size_t(group.window), max_step);
    total += group.block_stride * size_t(blocks);
  }
  return total;
}

Result<KvCacheLayout> layout_kv_cache(std::span<const CacheSpec> specs, const Placement& placement,
                                      const KvCacheNeeds& needs) {
  KvCacheLayout layout{.dtype = needs.dtype, .max_step = needs.max_step, .groups = {}};
  size_t total = 0;
  for (const CacheSpec& spec : specs) {
    const Backend& backend = placement.device(spec.device);
    if (!backend.supports_kv(needs.dtype)) {
      return fail_hint(ErrorCode::kUnsupported, "use f32, f16, bf16, q8_0 or q4_0",
                       "{} cannot keep keys and values as {}", backend.name(), dtype_info(needs.dtype).name);
    }
    const bool is_state = spec.kind == CacheSpec::Kind::kState;
    const size_t layer_bytes = round_up(
        is_state ? spec.state_bytes
                 : backend.kv_block_bytes({needs.dtype, spec.num_kv_heads, spec.key_dim, spec.value_dim}),
        kAlignment);
    KvCacheLayout::Group group;
    group.device = spec.device;
    group.is_state = is_state;
    group.window = spec.kind == CacheSpec::Kind::kSlidingWindow ? spec.window : 0;
    for (size_t i = 0; i < spec.layers.size(); ++i) group.layer_offsets.push_back(i * layer_bytes);
    group.block_stride = spec.layers.size() * layer_bytes;

    // Sequences need not fill their last blocks; each may waste one.
    const size_t all = ceil_div(needs.num_tokens, size_t(kKvBlockTokens)) + needs.num_sequences - 1;
    const size_t windowed =
        needs.num_sequences *
        size_t(blocks_for_sequence(needs.num_tokens, size_t(group.window), needs.max_step));
    const size_t states = needs.num_sequences * size_t(kStatesForSequence) + kKeptStates;
    const size_t blocks = is_state ? states : group.window == 0 ? all : std::min(all, windowed);
    const auto bytes = checked_mul(blocks, group.block_stride);
    const auto sum = bytes ? checked_add(total, *bytes) : std::nullopt;
    if (!sum || blocks > size_t(std::numeric_limits<int32_t>::max())) return too_large(needs);
    group.num_blocks = int32_t(blocks);
    total = *sum;
    layout.groups.push_back(std::move(group));
  }
  return layout;
}

Result<KvCache> KvCache::create(const Placement& placement, std::span<const CacheSpec> specs,
                                const KvCacheLayout& layout) {
  std::vector<DeviceBuffer> memory(placement.devices.size());
  for (size_t device = 0; device < memory.size(); ++device) {
    const size_t bytes = layout.bytes_on(device);
    if (bytes > 0) memory[device] = TRY(placement.device(device).allocate(bytes));
  }
  std::vector<KvGroup> groups;
  std::vector<KvLedger::Group> ledger;
  std::vector<size_t> offsets(memory.size());
  for (size_t g = 0; g < specs.size(); ++g) {
    const KvCacheLayout::Group& group = layout.groups[g];
    groups.push_back({.base = memory[group.device].address() + offsets[group.device],
                      .block_stride = group.block_stride,
                      .layer_offsets = group.layer_offsets,
                      .dtype = layout.dtype});
    ledger.push_back({.num_blocks = group.num_blocks, .window = group.window, .is_state = group.is_state});
    offsets[group.device] += group.block_stride * size_t(group.num_blocks);
  }
  return KvCache(std::move(memory), std::move(groups), KvLedger(ledger, layout.max_step));
}

size_t KvCache::bytes() const {
  size_t total = 0;
  for (const DeviceBuffer& buffer : memory_) total += buffer.size();
  return total;
}

}  // namespace hearth
