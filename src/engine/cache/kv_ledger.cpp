#include "engine/cache/kv_ledger.h"

#include <algorithm>

namespace hearth {

KvLedger::KvLedger(std::span<const Group> groups, size_t max_step) {
  for (const Group& group : groups) {
    groups_.push_back(group.is_state ? make_state_group(group.num_blocks)
                                     : make_paged_group(group.num_blocks, size_t(group.window), max_step));
  }
}

bool KvLedger::grow(BlockTables& tables, size_t num_tokens) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    const CacheGroup& group = *groups_[g];
    while (int64_t(group.num_to_allocate(tables.groups[g], num_tokens)) > group.pool().num_free()) {
      if (evictor_ == nullptr || !evictor_->evict(g)) return false;
    }
  }
  for (size_t g = 0; g < groups_.size(); ++g) groups_[g]->grow(tables.groups[g], num_tokens);
  return true;
}

void KvLedger::commit(BlockTables& tables) {
  for (size_t g = 0; g < groups_.size(); ++g) groups_[g]->commit(tables.groups[g]);
}

void KvLedger::pass(BlockTables& tables, size_t next_position) {
  for (size_t g = 0; g < groups_.size(); ++g) groups_[g]->pass(tables.groups[g], next_position);
}

bool KvLedger::can_truncate(const BlockTables& tables, size_t num_tokens) const {
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (!groups_[g]->can_truncate(tables.groups[g], num_tokens)) return false;
  }
  return true;
}

void KvLedger::truncate(BlockTables& tables, size_t num_tokens) {
  for (size_t g = 0; g < groups_.size(); ++g) groups_[g]->truncate(tables.groups[g], num_tokens);
}

void KvLedger::release(BlockTables& tables) {
  for (size_t g = 0; g < groups_.size(); ++g) groups_[g]->release(tables.groups[g]);
}

std::optional<BlockId> KvLedger::allocate(size_t group) {
  BlockPool& pool = groups_[group]->pool();
  while (pool.num_free() == 0) {
    if (evictor_ == nullptr || !evictor_->evict(group)) return std::nullopt;
  }
  return pool.allocate();
}

void KvLedger::cache(size_t group, BlockId block) {
  groups_[group]->pool().retain(block);
  groups_[group]->pool().mark_cached(block, true);
}

void KvLedger::uncache(size_t group, BlockId block) {
  groups_[group]->pool().mark_cached(block, false);
  groups_[group]->pool().release(block);
}

bool KvLedger::keeps_positions() const {
  return std::ranges::all_of(groups_, [](const auto& group) { return group->keeps_positions(); });
}

bool KvLedger::can_ever_hold(size_t num_tokens) const {
  return std::ranges::all_of(groups_, [&](const auto& group) {
    return group->most_blocks(num_tokens) <= group->pool().num_blocks();
  });
}

}  // namespace hearth
