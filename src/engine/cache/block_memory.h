#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/cache/kv_cache.h"
#include "models/causal_model.h"

namespace hearth {

/// Copies the contents of KV blocks.
class BlockCopier {
 public:
  virtual ~BlockCopier() = default;
  virtual void copy(size_t group, BlockId from, BlockId to) = 0;
};

/// Reads and writes the contents of KV blocks from the host.
class BlockMemory : public BlockCopier {
 public:
  virtual size_t num_groups() const = 0;
  /// Of a block of the group.
  virtual size_t num_bytes(size_t group) const = 0;
  virtual void read(size_t group, BlockId block, std::span<std::byte> out) = 0;
  virtual void write(size_t group, BlockId block, std::span<const std::byte> in) = 0;
};

/// The blocks of a model's KV cache, on the model's devices. Both must outlive it.
class KvBlockMemory final : public BlockMemory {
 public:
  KvBlockMemory(const CausalModel& model, const KvCache& cache) : model_(model), cache_(cache) {}

  void copy(size_t group, BlockId from, BlockId to) override;
  size_t num_groups() const override { return cache_.groups().size(); }
  size_t num_bytes(size_t group) const override { return cache_.groups()[group].block_stride; }
  void read(size_t group, BlockId block, std::span<std::byte> out) override;
  void write(size_t group, BlockId block, std::span<const std::byte> in) override;

  /// All that a block's bytes depend on beside the model's weights and its tokens. `context` is the longest
  /// that sequences may be.
  std::string format(size_t context) const;

 private:
  Backend& device_of(size_t group) const;

  const CausalModel& model_;
  const KvCache& cache_;
};

}  // namespace hearth
