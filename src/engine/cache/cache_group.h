#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/cache/block_pool.h"

namespace hearth {

inline constexpr BlockId kNoBlock = -1;

/// What one sequence holds of a cache group, which alone knows what the blocks stand for.
struct GroupTable {
  std::vector<BlockId> blocks;
  /// Leading entries whose blocks were released. They keep their values, so that they still name memory.
  size_t num_passed = 0;
};

/// What a group of layers keeps of sequences, in blocks of a pool: which blocks each holds, and from where
/// one can continue. Pure bookkeeping, no memory. Prefixes are counted in blocks of `kKvBlockTokens` tokens,
/// whatever the group keeps of them. Not thread-safe.
class CacheGroup {
 public:
  explicit CacheGroup(int32_t num_blocks) : pool_(num_blocks) {}
  virtual ~CacheGroup() = default;
  CacheGroup(const CacheGroup&) = delete;
  CacheGroup& operator=(const CacheGroup&) = delete;

  /// Whether something is kept for each position, so that a sequence can be truncated, and continued from any
  /// of them. Else it can only be continued from the one position that the kept state belongs to.
  virtual bool keeps_positions() const = 0;
  /// Whether continuing needs all blocks from the beginning.
  virtual bool needs_all() const = 0;
  /// The first block of a prefix that `position` sees.
  virtual size_t first_block_seen(size_t position) const = 0;

  /// Blocks that a sequence of `num_tokens` holds at once, at most.
  virtual int64_t most_blocks(size_t num_tokens) const = 0;
  /// Of those, the most that it may still need.
  virtual int64_t num_missing(const GroupTable& table, size_t num_tokens) const = 0;

  /// Blocks that `grow` would allocate.
  virtual size_t num_to_allocate(const GroupTable& table, size_t num_tokens) const = 0;
  /// Prepares a step that computes up to `num_tokens`. That many blocks must be free.
  virtual void grow(GroupTable& table, size_t num_tokens) = 0;
  /// The step of the last `grow` is done.
  virtual void commit(GroupTable& table) = 0;
  /// Releases what no position from `next_position` on sees.
  virtual void pass(GroupTable& table, size_t next_position) = 0;
  /// Whether the sequence can be cut to its first `num_tokens`, fewer than it has.
  virtual bool can_truncate(const GroupTable& table, size_t num_tokens) const = 0;
  /// Releases what lies behind the first `num_tokens`.
  virtual void truncate(GroupTable& table, size_t num_tokens) = 0;
  void release(GroupTable& table);

  /// Lets an empty table continue a prefix with these blocks, of which those from `first_seen` on get a
  /// reference.
  virtual void share(GroupTable& table, std::span<const BlockId> prefix, size_t first_seen) = 0;
  /// The table's block for block `index` of a prefix, of which `num_tokens` are computed; kNoBlock where
  /// another sequence could not continue from it.
  virtual BlockId block_of(const GroupTable& table, size_t index, size_t num_tokens) const = 0;
  /// The sequence holds `known` in place of its own block with the same content.
  virtual void replace(GroupTable& table, size_t index, BlockId known) = 0;

  BlockPool& pool() { return pool_; }
  const BlockPool& pool() const { return pool_; }

 protected:
  void exchange(BlockId& own, BlockId known);

 private:
  BlockPool pool_;
};

/// Keys and values of each position, side by side in blocks: block p / kKvBlockTokens of a table has position
/// p. With a `window` (0: none) a position sees as many, itself included; `max_step` is the most tokens of a
/// step.
std::unique_ptr<CacheGroup> make_paged_group(int32_t num_blocks, size_t window, size_t max_step);

/// A recurrent state, which is one block. A table names the block to read and, where others hold that too,
/// behind it the block to write. A sequence without any starts from the zero state.
std::unique_ptr<CacheGroup> make_state_group(int32_t num_blocks);

/// Blocks that one sequence of `num_tokens` needs at once in a paged group.
int64_t blocks_for_sequence(size_t num_tokens, size_t window, size_t max_step);

/// Blocks that one sequence needs at once in a group of states.
inline constexpr int64_t kStatesForSequence = 2;

}  // namespace hearth
