#include <algorithm>

#include "backend/kv_shape.h"
#include "base/check.h"
#include "engine/cache/cache_group.h"

namespace hearth {
namespace {

/// A state that others hold is never written: the step reads it and writes a block of the sequence's own.
class StateGroup final : public CacheGroup {
 public:
  using CacheGroup::CacheGroup;

  bool keeps_positions() const override { return false; }
  bool needs_all() const override { return false; }
  size_t first_block_seen(size_t position) const override { return block_before(position); }
  int64_t most_blocks(size_t) const override { return kStatesForSequence; }
  int64_t num_missing(const GroupTable& table, size_t) const override {
    return kStatesForSequence - int64_t(table.blocks.size());
  }

  size_t num_to_allocate(const GroupTable& table, size_t) const override {
    const bool writes_in_place = table.blocks.size() == 1 && pool().ref_count(table.blocks[0]) == 1;
    return table.blocks.size() == size_t(kStatesForSequence) || writes_in_place ? 0 : 1;
  }

  void grow(GroupTable& table, size_t num_tokens) override {
    if (num_to_allocate(table, num_tokens) > 0) table.blocks.push_back(*pool().allocate());
  }

  void commit(GroupTable& table) override {
    if (table.blocks.size() < size_t(kStatesForSequence)) return;
    pool().release(table.blocks.front());
    table.blocks.erase(table.blocks.begin());
  }

  void pass(GroupTable&, size_t) override {}
  bool can_truncate(const GroupTable&, size_t) const override { return false; }
  void truncate(GroupTable&, size_t) override {}

  void share(GroupTable& table, std::span<const BlockId> prefix, size_t) override {
    CHECK(table.blocks.empty());
    if (prefix.empty()) return;
    pool().retain(prefix.back());
    table.blocks.push_back(prefix.back());
  }

  BlockId block_of(const GroupTable& table, size_t index, size_t num_tokens) const override {
    const bool is_last = num_tokens > 0 && index == block_before(num_tokens);
    return is_last && !table.blocks.empty() ? table.blocks.front() : kNoBlock;
  }

  void replace(GroupTable& table, size_t, BlockId known) override { exchange(table.blocks.front(), known); }

 private:
  /// The block of a prefix with the position before.
  static size_t block_before(size_t position) { return (std::max<size_t>(position, 1) - 1) / kKvBlockTokens; }
};

}  // namespace

std::unique_ptr<CacheGroup> make_state_group(int32_t num_blocks) {
  return std::make_unique<StateGroup>(num_blocks);
}

}  // namespace hearth
