#include "engine/block_pool.h"

#include "base/check.h"

namespace hearth {

BlockPool::BlockPool(int32_t num_blocks) : ref_counts_(size_t(num_blocks), 0) {}

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
  ++ref_counts_[size_t(block)];
}

void BlockPool::release(BlockId block) {
  CHECK(block >= 0 && block < num_blocks() && ref_counts_[size_t(block)] > 0);
  if (--ref_counts_[size_t(block)] > 0) return;
  returned_.push_back(block);
  --num_used_;
}

}  // namespace hearth
