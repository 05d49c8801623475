#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/cache/cache_group.h"

namespace hearth {

/// What one sequence holds of each cache group.
struct BlockTables {
  std::vector<GroupTable> groups;
};

/// Where a group has no memory of each position, states are kept at multiples of this many tokens of a
/// prompt.
inline constexpr size_t kCheckpointTokens = 256;

/// Which sequence holds which blocks of which cache group. Pure bookkeeping, no memory: the scheduler and its
/// simulations run on it. Not thread-safe.
class KvLedger {
 public:
  struct Group {
    int32_t num_blocks = 0;
    int window = 0;         ///< positions a token sees, itself included; 0: all
    bool is_state = false;  ///< keeps a recurrent state
  };

  /// Evicts cached blocks when others are needed.
  class Evictor {
   public:
    virtual ~Evictor() = default;
    /// Drops a reference to a block of the group. False where there is nothing to evict.
    virtual bool evict(size_t group) = 0;
  };

  /// `max_step` is the most tokens that one sequence can advance in a step.
  KvLedger(std::span<const Group> groups, size_t max_step);

  BlockTables empty_tables() const { return {.groups = std::vector<GroupTable>(groups_.size())}; }

  /// Null: none.
  void set_evictor(Evictor* evictor) { evictor_ = evictor; }

  /// Allocates the blocks for a step that computes up to `num_tokens`. False, with the tables unchanged,
  /// where too few are free or can be evicted.
  [[nodiscard]] bool grow(BlockTables& tables, size_t num_tokens);
  /// The step of the last `grow` is done.
  void commit(BlockTables& tables);
  /// Releases the blocks that no position from `next_position` on sees.
  void pass(BlockTables& tables, size_t next_position);
  /// Whether the sequence can be cut to its first `num_tokens`, fewer than it has.
  bool can_truncate(const BlockTables& tables, size_t num_tokens) const;
  /// Releases what lies behind the first `num_tokens`.
  void truncate(BlockTables& tables, size_t num_tokens);
  void release(BlockTables& tables);

  /// See `CacheGroup`.
  void share(BlockTables& tables, size_t group, std::span<const BlockId> prefix, size_t first_seen) {
    groups_[group]->share(tables.groups[group], prefix, first_seen);
  }
  BlockId block_of(const BlockTables& tables, size_t group, size_t index, size_t num_tokens) const {
    return groups_[group]->block_of(tables.groups[group], index, num_tokens);
  }
  void replace(BlockTables& tables, size_t group, size_t index, BlockId known) {
    groups_[group]->replace(tables.groups[group], index, known);
  }

  /// A block with one reference, or nothing where none is free or can be evicted.
  std::optional<BlockId> allocate(size_t group);
  void retain(size_t group, BlockId block) { groups_[group]->pool().retain(block); }
  void release(size_t group, BlockId block) { groups_[group]->pool().release(block); }

  /// A cache takes a reference to a block, or drops it.
  void cache(size_t group, BlockId block);
  void uncache(size_t group, BlockId block);

  /// Whether all groups do: see `CacheGroup`.
  bool keeps_positions() const;
  /// Whether an empty pool could hold a sequence of `num_tokens`.
  bool can_ever_hold(size_t num_tokens) const;

  size_t num_groups() const { return groups_.size(); }
  const CacheGroup& group(size_t index) const { return *groups_[index]; }
  const BlockPool& pool(size_t index) const { return group(index).pool(); }

 private:
  std::vector<std::unique_ptr<CacheGroup>> groups_;
  Evictor* evictor_ = nullptr;
};

}  // namespace hearth
