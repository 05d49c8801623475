#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/cache/block_pool.h"

namespace hearth {

inline constexpr BlockId kNoBlock = -1;

/// What one sequence holds of a cache group; what the blocks stand for is the group's to know.
struct GroupTable {
  std::vector<BlockId> blocks;
  /// Leading entries whose blocks were given back. They keep their last value, so that they still name
  /// memory.
  size_t num_passed = 0;
};

/// What a group of layers keeps of a sequence, in blocks of a pool: who holds which, and where a sequence can
/// go on. Pure bookkeeping, no memory. Prefixes are counted in blocks of `kKvBlockTokens` tokens, whatever
/// the group keeps of them. Not thread-safe.
class CacheGroup {
 public:
  explicit CacheGroup(int32_t num_blocks) : pool_(num_blocks) {}
  virtual ~CacheGroup() = default;
  CacheGroup(const CacheGroup&) = delete;
  CacheGroup& operator=(const CacheGroup&) = delete;

  /// Whether something is kept for each position: then the last ones can be taken back, and a sequence can go
  /// on behind any of them. Else what is kept speaks of the one place where it was left.
  virtual bool keeps_positions() const = 0;
  /// Whether going on needs everything from the beginning.
  virtual bool needs_all() const = 0;
  /// The first block of a prefix that `position` looks at.
  virtual size_t first_block_seen(size_t position) const = 0;

  /// Blocks that a sequence of `num_tokens` holds at once, at most.
  virtual int64_t most_blocks(size_t num_tokens) const = 0;
  /// Of those, what it may come to lack.
  virtual int64_t num_missing(const GroupTable& table, size_t num_tokens) const = 0;

  /// Blocks that `grow` would take.
  virtual size_t num_to_take(const GroupTable& table, size_t num_tokens) const = 0;
  /// Prepares a step that computes up to `num_tokens`. That many blocks must be free.
  virtual void grow(GroupTable& table, size_t num_tokens) = 0;
  /// That step is done.
  virtual void commit(GroupTable& table) = 0;
  /// Gives back what no position from `next_position` on looks at.
  virtual void pass(GroupTable& table, size_t next_position) = 0;
  /// Whether the sequence can become one of its first `num_tokens`, fewer than it has.
  virtual bool can_truncate(const GroupTable& table, size_t num_tokens) const = 0;
  /// Gives back what lies behind the first `num_tokens`.
  virtual void truncate(GroupTable& table, size_t num_tokens) = 0;
  void release(GroupTable& table);

  /// Lets an empty table go on behind a prefix, whose blocks these are: those from `first_seen` on get a
  /// reference.
  virtual void share(GroupTable& table, std::span<const BlockId> prefix, size_t first_seen) = 0;
  /// What the table says of block `index` of a prefix, of which `num_tokens` are computed: kNoBlock where
  /// nothing that another could go on behind.
  virtual BlockId block_of(const GroupTable& table, size_t index, size_t num_tokens) const = 0;
  /// The sequence holds `known` in place of a block of its own that says the same.
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

/// A recurrent state: one block has all that is left of the tokens before. A table names the block to read
/// and, where others hold that too, behind it the block to write. A sequence without any starts from nothing.
std::unique_ptr<CacheGroup> make_state_group(int32_t num_blocks);

/// Blocks that one sequence of `num_tokens` needs at once in a paged group.
int64_t blocks_for_sequence(size_t num_tokens, size_t window, size_t max_step);

/// Blocks that one sequence needs at once in a group of states.
inline constexpr int64_t kStatesForSequence = 2;

}  // namespace hearth
