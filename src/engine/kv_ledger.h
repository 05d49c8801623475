#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/block_pool.h"

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

  /// `max_step` is the most tokens that one sequence can advance in a step.
  KvLedger(std::span<const Group> groups, size_t max_step);

  BlockTables empty_tables() const;

  /// Gives the sequence blocks for positions [0, num_tokens). False, with nothing changed, where too few are
  /// free.
  [[nodiscard]] bool grow(BlockTables& tables, size_t num_tokens);
  /// Gives back the blocks that no position from `next_position` on looks at.
  void pass_window(BlockTables& tables, size_t next_position);
  void release(BlockTables& tables);

  /// Promises room for a sequence of up to `num_tokens`, so that its `grow` cannot fail. False where the
  /// promises would exceed the pools.
  [[nodiscard]] bool promise(size_t num_tokens);
  void take_back_promise(size_t num_tokens);
  /// Whether an empty pool could hold a sequence of `num_tokens`.
  bool can_ever_hold(size_t num_tokens) const;

  size_t num_groups() const { return groups_.size(); }
  const BlockPool& pool(size_t group) const { return groups_[group].pool; }

 private:
  struct GroupState {
    BlockPool pool;
    size_t window;
    int64_t promised = 0;  ///< blocks
  };
  int64_t most_blocks(const GroupState& group, size_t num_tokens) const;

  std::vector<GroupState> groups_;
  size_t max_step_;
};

/// Blocks that one sequence of `num_tokens` needs at once in a group with this window (0: none).
int64_t blocks_for_sequence(size_t num_tokens, size_t window, size_t max_step);

}  // namespace hearth
