#pragma once

#include <span>
#include <vector>

#include "engine/cache/kv_ledger.h"
#include "models/causal_model.h"

namespace hearth {

/// What a KV cache must hold.
struct KvCacheNeeds {
  DType dtype = DType::kF16;
  size_t num_tokens = 0;     ///< positions of all sequences together
  size_t num_sequences = 1;  ///< most at once
  size_t max_step = 512;     ///< most tokens of one step
};

/// The sizes that follow from the needs.
struct KvCacheLayout {
  struct Group {
    size_t device = 0;  ///< of the placement
    int window = 0;
    bool is_state = false;
    int32_t num_blocks = 0;
    size_t block_stride = 0;
    std::vector<size_t> layer_offsets;
  };
  DType dtype = DType::kF16;
  size_t max_step = 0;
  std::vector<Group> groups;

  size_t bytes() const;
  size_t bytes_on(size_t device) const;
  /// Of those, bytes of recurrent states.
  size_t state_bytes() const;
  /// Bytes of the blocks that one sequence of `num_tokens` touches.
  size_t bytes_of_sequence(size_t num_tokens) const;
};

/// Of the groups of a placed model. Errors: kUnsupported for a type that a device does not store keys and
/// values as; kResourceLimit where the sizes do not fit a number.
Result<KvCacheLayout> layout_kv_cache(std::span<const CacheSpec> specs, const Placement& placement,
                                      const KvCacheNeeds& needs);

/// The key-value memory of a model: one allocation on each device, in which the cache groups there have their
/// blocks, and the ledger of their holders. Memory is touched block by block as it is used. Not thread-safe.
class KvCache {
 public:
  /// Error: kResourceLimit with the size.
  static Result<KvCache> create(const Placement& placement, std::span<const CacheSpec> specs,
                                const KvCacheLayout& layout);

  std::span<const KvGroup> groups() const { return groups_; }
  KvLedger& ledger() { return ledger_; }
  const KvLedger& ledger() const { return ledger_; }
  size_t bytes() const;

 private:
  KvCache(std::vector<DeviceBuffer> memory, std::vector<KvGroup> groups, KvLedger ledger)
      : memory_(std::move(memory)), groups_(std::move(groups)), ledger_(std::move(ledger)) {}

  std::vector<DeviceBuffer> memory_;  ///< [devices]
  std::vector<KvGroup> groups_;
  KvLedger ledger_;
};

}  // namespace hearth
