#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/cache/block_pool.h"

namespace hearth {

/// The blocks of one sequence: for each cache group, the block of position p at index p / kKvBlockTokens.
struct BlockTables {
  std::vector<std::vector<BlockId>> groups;
  /// [groups] Leading entries whose blocks were given back because the window has passed them. They keep
  /// their last value, so that they still name memory.
  std::vector<size_t> num_passed;
};

/// Who holds which KV blocks of which cache group. Pure bookkeeping, no memory: the scheduler and its
/// simulations run on it. Not thread-safe.
class KvLedger {
 public:
  struct Group {
    int32_t num_blocks = 0;
    int window = 0;  ///< positions a token sees, itself included; 0: all
  };

  /// Gives up blocks that nobody computes on when others are needed.
  class Reclaimer {
   public:
    virtual ~Reclaimer() = default;
    /// Gives up a reference to a block of the group. False where nothing is left to give up.
    virtual bool reclaim(size_t group) = 0;
  };

  /// `max_step` is the most tokens that one sequence can advance in a step.
  KvLedger(std::span<const Group> groups, size_t max_step);

  BlockTables empty_tables() const;

  /// Null: none.
  void set_reclaimer(Reclaimer* reclaimer) { reclaimer_ = reclaimer; }

  /// Gives the sequence blocks for positions [0, num_tokens). False, with the sequence unchanged, where too
  /// few are free or can be reclaimed.
  [[nodiscard]] bool grow(BlockTables& tables, size_t num_tokens);
  /// Gives back the blocks that no position from `next_position` on looks at.
  void pass_window(BlockTables& tables, size_t next_position);
  /// Gives back the blocks behind those of positions [0, num_tokens).
  void shrink(BlockTables& tables, size_t num_tokens);
  void release(BlockTables& tables);

  /// Lets an empty sequence share blocks that are held elsewhere: those from `first_seen` on get a reference,
  /// the ones before count as passed.
  void share(BlockTables& tables, size_t group, std::vector<BlockId> blocks, size_t first_seen);
  /// A block of its own for the caller, or nothing where none is free or can be reclaimed.
  std::optional<BlockId> take(size_t group);
  void hold(size_t group, BlockId block) { groups_[group].pool.retain(block); }
  void let_go(size_t group, BlockId block) { groups_[group].pool.release(block); }

  /// A cache takes a reference to a block, or gives it up.
  void cache(size_t group, BlockId block);
  void uncache(size_t group, BlockId block);
  /// The sequence holds `known` in place of a block of its own that says the same.
  void replace(BlockTables& tables, size_t group, size_t index, BlockId known);

  /// The first block that `position` looks at.
  size_t first_block_seen(size_t group, size_t position) const;
  size_t window(size_t group) const { return groups_[group].window; }

  /// Blocks that the sequence lacks to hold `num_tokens`, window passed or not.
  int64_t num_missing(const BlockTables& tables, size_t group, size_t num_tokens) const;
  /// Whether an empty pool could hold a sequence of `num_tokens`.
  bool can_ever_hold(size_t num_tokens) const;

  size_t num_groups() const { return groups_.size(); }
  const BlockPool& pool(size_t group) const { return groups_[group].pool; }

 private:
  struct GroupState {
    BlockPool pool;
    size_t window;
  };
  int64_t most_blocks(const GroupState& group, size_t num_tokens) const;

  std::vector<GroupState> groups_;
  size_t max_step_;
  Reclaimer* reclaimer_ = nullptr;
};

/// Blocks that one sequence of `num_tokens` needs at once in a group with this window (0: none).
int64_t blocks_for_sequence(size_t num_tokens, size_t window, size_t max_step);

}  // namespace hearth
