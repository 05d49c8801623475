#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hearth {

using BlockId = int32_t;

/// Reference counts of a fixed number of KV blocks. Allocates released blocks first, fresh ones last and in
/// order, so that memory behind them is touched as late as possible. A cache may mark references as its own;
/// a block with no others is idle. Knows nothing of the memory itself. Not thread-safe. Invariant: num_free()
/// + num_used() = num_blocks().
class BlockPool {
 public:
  explicit BlockPool(int32_t num_blocks);

  int32_t num_blocks() const { return int32_t(ref_counts_.size()); }
  int32_t num_used() const { return num_used_; }
  int32_t num_free() const { return num_blocks() - num_used_; }
  int32_t num_idle() const { return num_idle_; }
  /// Free blocks, and those that a cache can evict.
  int32_t num_available() const { return num_free() + num_idle_; }

  /// A block with one reference, or nothing where none is free.
  std::optional<BlockId> allocate();
  void retain(BlockId block);
  /// Drops a reference; without any the block is free.
  void release(BlockId block);
  /// Marks one of a block's references as a cache's, or unmarks one.
  void mark_cached(BlockId block, bool cached);
  bool is_idle(BlockId block) const {
    return ref_counts_[size_t(block)] > 0 && ref_counts_[size_t(block)] == cached_[size_t(block)];
  }
  uint32_t ref_count(BlockId block) const { return ref_counts_[size_t(block)]; }

 private:
  std::vector<uint32_t> ref_counts_;
  std::vector<uint32_t> cached_;   ///< of ref_counts_, a cache's
  std::vector<BlockId> returned_;  ///< free blocks that were in use before
  int32_t next_fresh_ = 0;         ///< blocks from here on were never in use
  int32_t num_used_ = 0;
  int32_t num_idle_ = 0;
};

}  // namespace hearth
