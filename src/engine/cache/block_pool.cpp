#include "engine/cache/block_pool.h"

#include "base/check.h"

namespace hearth {

BlockPool::BlockPool(int32_t num_blocks)
    : ref_counts_(size_t(num_blocks), 0), cached_(size_t(num_blocks), 0) {}

std::optional<BlockId> BlockPool::allocate() {
  BlockId block;
  if (!returned_.empty()) {
    block = returned_.back();
    returned_.pop_back();
  } else if (next_fresh_ < num_blocks()) {
    block = next_fresh_++;
  } else {
    return std::nullopt;
  }
  ref_counts_[size_t(block)] = 1;
  ++num_used_;
  return block;
}

void BlockPool::retain(BlockId block) {
  CHECK(block >= 0 && block < num_blocks() && ref_counts_[size_t(block)] > 0);
  num_idle_ -= int32_t(is_idle(block));
  ++ref_counts_[size_t(block)];
}

void BlockPool::release(BlockId block) {
  CHECK(block >= 0 && block < num_blocks() && ref_counts_[size_t(block)] > 0);
  if (--ref_counts_[size_t(block)] > 0) {
    num_idle_ += int32_t(is_idle(block));
    return;
  }
  CHECK(cached_[size_t(block)] == 0);
  returned_.push_back(block);
  --num_used_;
}

void BlockPool::mark_cached(BlockId block, bool cached) {
  CHECK(cached ? cached_[size_t(block)] < ref_counts_[size_t(block)] : cached_[size_t(block)] > 0);
  num_idle_ -= int32_t(is_idle(block));
  cached_[size_t(block)] += cached ? 1u : -1u;
  num_idle_ += int32_t(is_idle(block));
}

}  // namespace hearth
