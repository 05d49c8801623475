#include "engine/cache/kv_ledger.h"

#include <algorithm>
#include <utility>

#include "backend/ops.h"
#include "base/check.h"
#include "base/checked_math.h"

namespace hearth {

int64_t blocks_for_sequence(size_t num_tokens, size_t window, size_t max_step) {
  const size_t all = ceil_div(num_tokens, size_t(kKvBlockTokens));
  if (window == 0) return int64_t(all);
  // A window and a step may both begin and end inside a block.
  return int64_t(std::min(all, ceil_div(window + max_step, size_t(kKvBlockTokens)) + 1));
}

KvLedger::KvLedger(std::span<const Group> groups, size_t max_step) : max_step_(max_step) {
  for (const Group& group : groups) {
    groups_.push_back({.pool = BlockPool(group.num_blocks), .window = size_t(group.window)});
  }
}

BlockTables KvLedger::empty_tables() const {
  return {.groups = std::vector<std::vector<BlockId>>(groups_.size()),
          .num_passed = std::vector<size_t>(groups_.size(), 0)};
}

int64_t KvLedger::most_blocks(const GroupState& group, size_t num_tokens) const {
  return blocks_for_sequence(num_tokens, group.window, max_step_);
}

bool KvLedger::grow(BlockTables& tables, size_t num_tokens) {
  const size_t wanted = ceil_div(num_tokens, size_t(kKvBlockTokens));
  for (size_t g = 0; g < groups_.size(); ++g) {
    const size_t held = tables.groups[g].size();
    while (wanted > held && int64_t(wanted - held) > groups_[g].pool.num_free()) {
      if (reclaimer_ == nullptr || !reclaimer_->reclaim(g)) return false;
    }
  }
  for (size_t g = 0; g < groups_.size(); ++g) {
    while (tables.groups[g].size() < wanted) tables.groups[g].push_back(*groups_[g].pool.allocate());
  }
  return true;
}

size_t KvLedger::first_block_seen(size_t group, size_t position) const {
  const size_t window = groups_[group].window;
  return window == 0 || position + 1 <= window ? 0 : (position + 1 - window) / kKvBlockTokens;
}

void KvLedger::pass_window(BlockTables& tables, size_t next_position) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    const size_t passed = std::min(first_block_seen(g, next_position), tables.groups[g].size());
    for (size_t& i = tables.num_passed[g]; i < passed; ++i) groups_[g].pool.release(tables.groups[g][i]);
  }
}

void KvLedger::share(BlockTables& tables, size_t group, std::vector<BlockId> blocks, size_t first_seen) {
  CHECK(tables.groups[group].empty() && first_seen <= blocks.size());
  for (size_t i = first_seen; i < blocks.size(); ++i) groups_[group].pool.retain(blocks[i]);
  // Blocks that have been passed still name memory.
  for (size_t i = 0; i < first_seen; ++i) blocks[i] = 0;
  tables.groups[group] = std::move(blocks);
  tables.num_passed[group] = first_seen;
}

void KvLedger::shrink(BlockTables& tables, size_t num_tokens) {
  const size_t wanted = ceil_div(num_tokens, size_t(kKvBlockTokens));
  for (size_t g = 0; g < groups_.size(); ++g) {
    std::vector<BlockId>& table = tables.groups[g];
    while (table.size() > std::max(wanted, tables.num_passed[g])) {
      groups_[g].pool.release(table.back());
      table.pop_back();
    }
  }
}

std::optional<BlockId> KvLedger::take(size_t group) {
  BlockPool& pool = groups_[group].pool;
  while (pool.num_free() == 0) {
    if (reclaimer_ == nullptr || !reclaimer_->reclaim(group)) return std::nullopt;
  }
  return pool.allocate();
}

void KvLedger::cache(size_t group, BlockId block) {
  groups_[group].pool.retain(block);
  groups_[group].pool.mark_cached(block, true);
}

void KvLedger::uncache(size_t group, BlockId block) {
  groups_[group].pool.mark_cached(block, false);
  groups_[group].pool.release(block);
}

void KvLedger::replace(BlockTables& tables, size_t group, size_t index, BlockId known) {
  BlockId& own = tables.groups[group][index];
  groups_[group].pool.retain(known);
  groups_[group].pool.release(own);
  own = known;
}

void KvLedger::release(BlockTables& tables) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    for (size_t i = tables.num_passed[g]; i < tables.groups[g].size(); ++i) {
      groups_[g].pool.release(tables.groups[g][i]);
    }
  }
  tables = empty_tables();
}

int64_t KvLedger::num_missing(const BlockTables& tables, size_t group, size_t num_tokens) const {
  const auto held = int64_t(tables.groups[group].size());
  const auto missing = int64_t(ceil_div(num_tokens, size_t(kKvBlockTokens))) - held;
  const int64_t held_now = held - int64_t(tables.num_passed[group]);
  return std::max<int64_t>(0, std::min(missing, most_blocks(groups_[group], num_tokens) - held_now));
}

bool KvLedger::can_ever_hold(size_t num_tokens) const {
  return std::ranges::all_of(groups_, [&](const GroupState& group) {
    return most_blocks(group, num_tokens) <= group.pool.num_blocks();
  });
}

}  // namespace hearth
