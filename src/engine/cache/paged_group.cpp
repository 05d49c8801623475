#include <algorithm>

#include "backend/kv_shape.h"
#include "base/check.h"
#include "base/checked_math.h"
#include "engine/cache/cache_group.h"

namespace hearth {
namespace {

class PagedGroup final : public CacheGroup {
 public:
  PagedGroup(int32_t num_blocks, size_t window, size_t max_step)
      : CacheGroup(num_blocks), window_(window), max_step_(max_step) {}

  bool keeps_positions() const override { return true; }
  bool needs_all() const override { return window_ == 0; }

  size_t first_block_seen(size_t position) const override {
    return window_ == 0 || position + 1 <= window_ ? 0 : (position + 1 - window_) / kKvBlockTokens;
  }

  int64_t most_blocks(size_t num_tokens) const override {
    return blocks_for_sequence(num_tokens, window_, max_step_);
  }

  int64_t num_missing(const GroupTable& table, size_t num_tokens) const override {
    const auto held = int64_t(table.blocks.size());
    const auto missing = int64_t(num_blocks(num_tokens)) - held;
    const int64_t held_now = held - int64_t(table.num_passed);
    return std::max<int64_t>(0, std::min(missing, most_blocks(num_tokens) - held_now));
  }

  size_t num_to_allocate(const GroupTable& table, size_t num_tokens) const override {
    return std::max(num_blocks(num_tokens), table.blocks.size()) - table.blocks.size();
  }

  void grow(GroupTable& table, size_t num_tokens) override {
    while (table.blocks.size() < num_blocks(num_tokens)) table.blocks.push_back(*pool().allocate());
  }

  void commit(GroupTable&) override {}

  void pass(GroupTable& table, size_t next_position) override {
    const size_t passed = std::min(first_block_seen(next_position), table.blocks.size());
    for (size_t& i = table.num_passed; i < passed; ++i) pool().release(table.blocks[i]);
  }

  bool can_truncate(const GroupTable& table, size_t num_tokens) const override {
    const size_t last = num_tokens / kKvBlockTokens;
    // A block that others hold is not written again.
    const bool is_shared = num_tokens % kKvBlockTokens != 0 && pool().ref_count(table.blocks[last]) > 1;
    return table.num_passed <= first_block_seen(num_tokens) && !is_shared;
  }

  void truncate(GroupTable& table, size_t num_tokens) override {
    while (table.blocks.size() > std::max(num_blocks(num_tokens), table.num_passed)) {
      pool().release(table.blocks.back());
      table.blocks.pop_back();
    }
  }

  void share(GroupTable& table, std::span<const BlockId> prefix, size_t first_seen) override {
    CHECK(table.blocks.empty() && first_seen <= prefix.size());
    // Blocks that have been passed still name memory.
    table.blocks.assign(first_seen, 0);
    table.num_passed = first_seen;
    for (const BlockId block : prefix.subspan(first_seen)) {
      pool().retain(block);
      table.blocks.push_back(block);
    }
  }

  BlockId block_of(const GroupTable& table, size_t index, size_t) const override {
    return index < table.num_passed ? kNoBlock : table.blocks[index];
  }

  void replace(GroupTable& table, size_t index, BlockId known) override {
    exchange(table.blocks[index], known);
  }

 private:
  static size_t num_blocks(size_t num_tokens) { return ceil_div(num_tokens, size_t(kKvBlockTokens)); }

  size_t window_, max_step_;
};

}  // namespace

std::unique_ptr<CacheGroup> make_paged_group(int32_t num_blocks, size_t window, size_t max_step) {
  return std::make_unique<PagedGroup>(num_blocks, window, max_step);
}

int64_t blocks_for_sequence(size_t num_tokens, size_t window, size_t max_step) {
  const size_t all = ceil_div(num_tokens, size_t(kKvBlockTokens));
  if (window == 0) return int64_t(all);
  // A window and a step may both begin and end inside a block.
  return int64_t(std::min(all, ceil_div(window + max_step, size_t(kKvBlockTokens)) + 1));
}

}  // namespace hearth
