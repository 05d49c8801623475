#include "engine/cache/block_pool.h"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "backend/ops.h"
#include "engine/cache/kv_ledger.h"

namespace hearth {
namespace {

TEST(BlockPool, LedgerIsExactUnderRandomUse) {
  constexpr int32_t kBlocks = 50;
  BlockPool pool(kBlocks);
  std::map<BlockId, uint32_t> references;
  std::mt19937 random(1);
  for (int step = 0; step < 100000; ++step) {
    const auto any = [&] { return std::next(references.begin(), ptrdiff_t(random() % references.size())); };
    switch (random() % 3) {
      case 0: {
        const auto block = pool.allocate();
        ASSERT_EQ(block.has_value(), references.size() < size_t(kBlocks));
        if (block) {
          ASSERT_TRUE(references.emplace(*block, 1).second) << "handed out twice";
        }
        break;
      }
      case 1:
        if (!references.empty()) {
          const auto entry = any();
          pool.retain(entry->first);
          ++entry->second;
        }
        break;
      default:
        if (!references.empty()) {
          const auto entry = any();
          pool.release(entry->first);
          if (--entry->second == 0) references.erase(entry);
        }
    }
    ASSERT_EQ(pool.num_used(), int32_t(references.size()));
    ASSERT_EQ(pool.num_free() + pool.num_used(), kBlocks);
  }
  for (const auto& [block, count] : references) EXPECT_EQ(pool.ref_count(block), count);
}

TEST(BlockPool, UsesFreshBlocksLastAndInOrder) {
  BlockPool pool(10);
  EXPECT_EQ(pool.allocate(), 0);
  EXPECT_EQ(pool.allocate(), 1);
  pool.release(0);
  EXPECT_EQ(pool.allocate(), 0);
  EXPECT_EQ(pool.allocate(), 2);
}

TEST(BlockPoolDeathTest, BrokenPromisesEndTheProcess) {
  BlockPool pool(2);
  EXPECT_DEATH(pool.release(0), "ref_counts_");
  EXPECT_DEATH(pool.retain(1), "ref_counts_");
  EXPECT_DEATH(pool.release(2), "num_blocks");
}

TEST(KvLedger, GrowsAllGroupsOrNone) {
  const KvLedger::Group groups[] = {{.num_blocks = 10}, {.num_blocks = 3, .window = 1000}};
  KvLedger ledger(groups, 64);
  BlockTables tables = ledger.empty_tables();
  EXPECT_TRUE(ledger.grow(tables, 65));
  EXPECT_EQ(tables.groups[0].blocks.size(), 3u);
  EXPECT_FALSE(ledger.grow(tables, 97)) << "the second group is full";
  EXPECT_EQ(tables.groups[0].blocks.size(), 3u);
  EXPECT_EQ(ledger.pool(0).num_used(), 3);
  ledger.release(tables);
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
  EXPECT_EQ(ledger.pool(1).num_used(), 0);
}

TEST(KvLedger, GivesBackWhatTheWindowHasPassed) {
  constexpr int kWindow = 40;
  const KvLedger::Group groups[] = {{.num_blocks = 100}, {.num_blocks = 5, .window = kWindow}};
  KvLedger ledger(groups, 32);
  BlockTables tables = ledger.empty_tables();
  for (size_t position = 0; position < 1000; position += 7) {
    ASSERT_TRUE(ledger.grow(tables, position + 7)) << position;
    ledger.pass(tables, position + 7);
    // Everything that the next position sees is held by this sequence alone, in distinct blocks.
    const size_t first_seen = position + 8 > kWindow ? position + 8 - kWindow : 0;
    std::set<BlockId> seen;
    for (size_t p = first_seen / kKvBlockTokens; p < tables.groups[1].blocks.size(); ++p) {
      ASSERT_EQ(ledger.pool(1).ref_count(tables.groups[1].blocks[p]), 1u);
      ASSERT_TRUE(seen.insert(tables.groups[1].blocks[p]).second);
    }
    ASSERT_EQ(ledger.pool(1).num_used(), int32_t(seen.size()));
  }
  ledger.release(tables);
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
  EXPECT_EQ(ledger.pool(1).num_used(), 0);
}

/// Alone it is written in place; what others hold is read, and another block written.
TEST(KvLedger, AStateThatOthersHoldIsNotWritten) {
  const KvLedger::Group groups[] = {{.num_blocks = 3, .is_state = true}};
  KvLedger ledger(groups, 32);
  EXPECT_FALSE(ledger.keeps_positions());
  BlockTables tables = ledger.empty_tables();
  const std::vector<BlockId>& blocks = tables.groups[0].blocks;
  ASSERT_TRUE(ledger.grow(tables, 40));
  ledger.commit(tables);
  const BlockId first = blocks[0];
  EXPECT_EQ(ledger.block_of(tables, 0, 0, 40), kNoBlock);
  EXPECT_EQ(ledger.block_of(tables, 0, 1, 40), first) << "the block that the last token lies in";
  ASSERT_TRUE(ledger.grow(tables, 41));
  EXPECT_EQ(blocks, std::vector<BlockId>{first});

  ledger.cache(0, first);
  ASSERT_TRUE(ledger.grow(tables, 42));
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0], first);
  ASSERT_TRUE(ledger.grow(tables, 42)) << "once is enough";
  EXPECT_EQ(ledger.pool(0).num_used(), 2);
  ledger.commit(tables);
  EXPECT_EQ(blocks.size(), 1u);
  EXPECT_NE(blocks[0], first);
  EXPECT_TRUE(ledger.pool(0).is_idle(first));
  EXPECT_FALSE(ledger.can_truncate(tables, 41));
  ledger.release(tables);
  ledger.uncache(0, first);
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
}

TEST(BlockPool, CountsWhatOnlyACacheHolds) {
  BlockPool pool(4);
  const BlockId block = *pool.allocate();
  pool.retain(block);
  pool.mark_cached(block, true);
  EXPECT_EQ(pool.num_idle(), 0);
  pool.release(block);
  EXPECT_EQ(pool.num_idle(), 1);
  EXPECT_EQ(pool.num_available(), 4);
  pool.retain(block);
  EXPECT_EQ(pool.num_idle(), 0);
  pool.mark_cached(block, false);
  pool.release(block);
  EXPECT_EQ(pool.num_available(), 3);
  EXPECT_DEATH(pool.mark_cached(block, false), "cached");
}

TEST(KvLedger, ShrinksAndCountsWhatIsMissing) {
  const KvLedger::Group groups[] = {{.num_blocks = 10}, {.num_blocks = 10, .window = 40}};
  KvLedger ledger(groups, 32);
  EXPECT_TRUE(ledger.can_ever_hold(320));
  EXPECT_FALSE(ledger.can_ever_hold(321));
  BlockTables tables = ledger.empty_tables();
  EXPECT_EQ(ledger.group(0).num_missing(tables.groups[0], 200), 7);
  EXPECT_EQ(ledger.group(1).num_missing(tables.groups[1], 200), 4) << "a window and a step";
  ASSERT_TRUE(ledger.grow(tables, 96));
  EXPECT_EQ(ledger.group(0).num_missing(tables.groups[0], 96), 0);
  EXPECT_EQ(ledger.group(0).num_missing(tables.groups[0], 97), 1);
  EXPECT_EQ(ledger.group(1).num_missing(tables.groups[1], 200), 1);
  ledger.truncate(tables, 33);
  EXPECT_EQ(ledger.pool(0).num_used(), 2);
  EXPECT_EQ(ledger.pool(1).num_used(), 2);
  ledger.release(tables);
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
}

}  // namespace
}  // namespace hearth
