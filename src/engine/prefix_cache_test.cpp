#include "engine/prefix_cache.h"

#include <numeric>

#include <gtest/gtest.h>

#include "backend/ops.h"

namespace hearth {
namespace {

std::vector<TokenId> tokens(size_t count, TokenId first = 0) {
  std::vector<TokenId> result(count);
  std::iota(result.begin(), result.end(), first);
  return result;
}

/// A sequence that computes tokens and goes, leaving what it computed to the cache.
void compute(KvLedger& ledger, PrefixCache& cache, const std::vector<TokenId>& text,
             const std::string& salt = "") {
  BlockTables tables = ledger.empty_tables();
  size_t done = cache.match(salt, text, tables);
  while (done < text.size()) {
    done = std::min(text.size(), done + 32);
    ASSERT_TRUE(ledger.grow(tables, done));
    ledger.pass_window(tables, done);
  }
  cache.insert(salt, text, tables);
  ledger.release(tables);
}

size_t known(KvLedger& ledger, PrefixCache& cache, const std::vector<TokenId>& text,
             const std::string& salt = "") {
  BlockTables tables = ledger.empty_tables();
  const size_t count = cache.match(salt, text, tables);
  ledger.release(tables);
  return count;
}

TEST(PrefixCache, SharesWholeBlocksOfTheLongestPrefix) {
  const KvLedger::Group groups[] = {{.num_blocks = 20}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  compute(ledger, cache, tokens(100));
  EXPECT_EQ(ledger.pool(0).num_used(), 3);
  EXPECT_EQ(known(ledger, cache, tokens(100)), 96u);
  EXPECT_EQ(known(ledger, cache, tokens(95)), 64u);
  EXPECT_EQ(known(ledger, cache, tokens(300)), 96u);
  EXPECT_EQ(known(ledger, cache, tokens(100, 1)), 0u);
  EXPECT_EQ(known(ledger, cache, tokens(100), "other"), 0u);

  auto branch = tokens(100);
  branch[70] = 999;
  EXPECT_EQ(known(ledger, cache, branch), 64u);
  compute(ledger, cache, branch);
  EXPECT_EQ(ledger.pool(0).num_used(), 4) << "two blocks are shared, one is new";
  EXPECT_EQ(known(ledger, cache, branch), 96u);
  EXPECT_EQ(known(ledger, cache, tokens(100)), 96u);
  cache.clear();
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
}

TEST(PrefixCache, GivesUpTheLeastRecentlyUsedEnds) {
  const KvLedger::Group groups[] = {{.num_blocks = 8}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  compute(ledger, cache, tokens(128));        // four blocks
  compute(ledger, cache, tokens(128, 1000));  // four more: the pool is full
  EXPECT_EQ(known(ledger, cache, tokens(128)), 128u);
  compute(ledger, cache, tokens(64, 2000));  // takes two of the second text, which is older now
  EXPECT_EQ(known(ledger, cache, tokens(128, 1000)), 64u);
  EXPECT_EQ(known(ledger, cache, tokens(128)), 128u);
  EXPECT_EQ(ledger.pool(0).num_free(), 0);
}

TEST(PrefixCache, NeverGivesUpWhatIsInUse) {
  const KvLedger::Group groups[] = {{.num_blocks = 4}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  compute(ledger, cache, tokens(128));
  BlockTables user = ledger.empty_tables();
  ASSERT_EQ(cache.match("", tokens(64), user), 64u);
  BlockTables other = ledger.empty_tables();
  EXPECT_TRUE(ledger.grow(other, 64)) << "two blocks are idle";
  EXPECT_FALSE(ledger.grow(other, 65));
  EXPECT_EQ(known(ledger, cache, tokens(64)), 64u);
  ledger.release(user);
  EXPECT_TRUE(ledger.grow(other, 65));
  ledger.release(other);
}

TEST(PrefixCache, WindowsAreReusedWhereAllTheySeeIsThere) {
  constexpr int kWindow = 50;
  const KvLedger::Group groups[] = {{.num_blocks = 100}, {.num_blocks = 100, .window = kWindow}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  compute(ledger, cache, tokens(320));
  EXPECT_EQ(ledger.pool(0).num_used(), 10);
  EXPECT_EQ(ledger.pool(1).num_used(), 2) << "only what the end sees";
  EXPECT_EQ(known(ledger, cache, tokens(400)), 320u);
  EXPECT_EQ(known(ledger, cache, tokens(200)), 0u) << "the windowed layers have forgotten that place";

  // A second text that branches off leaves its own end; the shared beginning serves neither half way.
  BlockTables tables = ledger.empty_tables();
  ASSERT_EQ(cache.match("", tokens(400), tables), 320u);
  EXPECT_EQ(tables.num_passed[1], 8u);
  EXPECT_EQ(tables.num_passed[0], 0u);
  ASSERT_TRUE(ledger.grow(tables, 400));
  ledger.pass_window(tables, 400);
  cache.insert("", tokens(400), tables);
  ledger.release(tables);
  EXPECT_EQ(known(ledger, cache, tokens(400)), 384u);
  cache.clear();
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
  EXPECT_EQ(ledger.pool(1).num_used(), 0);
}

TEST(PrefixCache, AWindowedGroupCanAlwaysBeReclaimed) {
  const KvLedger::Group groups[] = {{.num_blocks = 100}, {.num_blocks = 4, .window = 40}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  for (TokenId text = 0; text < 6; ++text) compute(ledger, cache, tokens(200, text * 1000));
  BlockTables user = ledger.empty_tables();
  for (size_t done = 32; done <= 320; done += 32) {
    ASSERT_TRUE(ledger.grow(user, done)) << done;
    ledger.pass_window(user, done);
  }
  ledger.release(user);
}

TEST(PrefixCache, AVeryLongTextEndsWithoutDeepRecursion) {
  const KvLedger::Group groups[] = {{.num_blocks = 100000}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  compute(ledger, cache, tokens(100000 * 32));
  EXPECT_EQ(cache.num_nodes(), 100000u);
  cache.clear();
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
}

}  // namespace
}  // namespace hearth
