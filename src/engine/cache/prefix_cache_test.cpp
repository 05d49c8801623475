#include "engine/cache/prefix_cache.h"

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
  size_t done = cache.match({.tokens = text, .salt = salt}, tables).num_tokens;
  while (done < text.size()) {
    done = std::min(text.size(), done + 32);
    ASSERT_TRUE(ledger.grow(tables, done));
    ledger.pass(tables, done);
  }
  cache.insert({.tokens = text, .salt = salt}, tables, true);
  ledger.release(tables);
}

size_t known(KvLedger& ledger, PrefixCache& cache, const std::vector<TokenId>& text,
             const std::string& salt = "") {
  BlockTables tables = ledger.empty_tables();
  const size_t count = cache.match({.tokens = text, .salt = salt}, tables).num_tokens;
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

TEST(PrefixCache, EvictsTheLeastRecentlyUsedEnds) {
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

TEST(PrefixCache, NeverEvictsWhatIsInUse) {
  const KvLedger::Group groups[] = {{.num_blocks = 4}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  compute(ledger, cache, tokens(128));
  BlockTables user = ledger.empty_tables();
  ASSERT_EQ(cache.match({.tokens = tokens(64)}, user).num_tokens, 64u);
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
  ASSERT_EQ(cache.match({.tokens = tokens(400)}, tables).num_tokens, 320u);
  EXPECT_EQ(tables.groups[1].num_passed, 8u);
  EXPECT_EQ(tables.groups[0].num_passed, 0u);
  ASSERT_TRUE(ledger.grow(tables, 400));
  ledger.pass(tables, 400);
  cache.insert({.tokens = tokens(400)}, tables, true);
  ledger.release(tables);
  EXPECT_EQ(known(ledger, cache, tokens(400)), 384u);
  cache.clear();
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
  EXPECT_EQ(ledger.pool(1).num_used(), 0);
}

TEST(PrefixCache, AWindowedGroupCanAlwaysBeEvicted) {
  const KvLedger::Group groups[] = {{.num_blocks = 100}, {.num_blocks = 4, .window = 40}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  for (TokenId text = 0; text < 6; ++text) compute(ledger, cache, tokens(200, text * 1000));
  BlockTables user = ledger.empty_tables();
  for (size_t done = 32; done <= 320; done += 32) {
    ASSERT_TRUE(ledger.grow(user, done)) << done;
    ledger.pass(user, done);
  }
  ledger.release(user);
}

/// Remembers what was copied.
struct Copies final : BlockCopier {
  struct One {
    size_t group;
    BlockId from, to;
  };
  void copy(size_t group, BlockId from, BlockId to) override { all.push_back({group, from, to}); }
  std::vector<One> all;
};

TEST(PrefixCache, OfABlockThatAgreesInItsFirstTokensACopyIsMade) {
  const KvLedger::Group groups[] = {{.num_blocks = 20}, {.num_blocks = 20, .window = 50}};
  KvLedger ledger(groups, 32);
  Copies copies;
  PrefixCache cache(ledger, &copies);
  compute(ledger, cache, tokens(100));  // three blocks and four tokens
  EXPECT_EQ(ledger.pool(0).num_used(), 4);
  EXPECT_EQ(known(ledger, cache, tokens(98)), 98u) << "a part of the last block";
  EXPECT_EQ(known(ledger, cache, tokens(300)), 100u);
  auto branch = tokens(130);
  branch[110] = 7;
  compute(ledger, cache, branch);
  ASSERT_FALSE(copies.all.empty());
  EXPECT_NE(copies.all.back().from, copies.all.back().to);
  EXPECT_EQ(copies.all.size() % 2, 0u) << "in both groups";
  auto other = tokens(200);
  other[115] = 8;
  EXPECT_EQ(known(ledger, cache, other), 110u) << "the nearest of the blocks that go on from there";
  EXPECT_EQ(ledger.pool(0).num_available(), 20) << "copies end with their sequences";
  cache.clear();
  EXPECT_EQ(ledger.pool(0).num_used(), 0);
}

/// Placeholders at [begin, end) of a text, for the content of this number.
std::vector<ContentSpan> content(int64_t begin, int64_t end, uint8_t number) {
  return {{.begin = begin, .end = end, .hash = {number}}};
}

TEST(PrefixCache, PlaceholdersAreSharedForEqualContentsAlone) {
  for (const bool copies_tails : {false, true}) {
    const KvLedger::Group groups[] = {{.num_blocks = 40}};
    KvLedger ledger(groups, 32);
    Copies copies;
    PrefixCache cache(ledger, copies_tails ? &copies : nullptr);
    const auto text = tokens(200);
    const auto compute_with = [&](const std::vector<ContentSpan>& contents) {
      BlockTables tables = ledger.empty_tables();
      ASSERT_TRUE(ledger.grow(tables, text.size()));
      cache.insert({.tokens = text, .contents = contents}, tables, true);
      ledger.release(tables);
    };
    const auto known_with = [&](const std::vector<ContentSpan>& contents, size_t count = 200) {
      BlockTables tables = ledger.empty_tables();
      const PrefixText wanted{.tokens = text, .contents = contents};
      const size_t found = cache.match(wanted.first(count), tables).num_tokens;
      ledger.release(tables);
      return found;
    };
    // The tokens up to `position` are in common.
    const auto up_to = [&](size_t position) { return copies_tails ? position : position / 32 * 32; };
    compute_with(content(70, 150, 1));
    EXPECT_EQ(known_with(content(70, 150, 1)), up_to(200));
    EXPECT_EQ(known_with(content(70, 150, 1), 120), up_to(120));
    EXPECT_EQ(known_with(content(70, 150, 2)), up_to(70)) << "another content";
    EXPECT_EQ(known_with({}), up_to(70)) << "plain tokens";
    EXPECT_EQ(known_with(content(90, 150, 1)), up_to(70)) << "it begins elsewhere";
    EXPECT_EQ(known_with(content(70, 100, 1)), up_to(100)) << "it ends elsewhere";
    compute_with({});
    compute_with(content(70, 150, 2));
    EXPECT_EQ(known_with({}), up_to(200));
    EXPECT_EQ(known_with(content(70, 150, 1)), up_to(200));
    EXPECT_EQ(known_with(content(70, 150, 2)), up_to(200));
    EXPECT_EQ(known_with(content(70, 150, 3)), up_to(70));
    EXPECT_EQ(known_with(content(150, 190, 2)), up_to(150));
    cache.clear();
    EXPECT_EQ(ledger.pool(0).num_used(), 0);
  }
}

TEST(PrefixCache, AdaptersKeepPrefixesApart) {
  const KvLedger::Group groups[] = {{.num_blocks = 20}};
  KvLedger ledger(groups, 32);
  PrefixCache cache(ledger);
  const auto text = tokens(64);
  const auto known_under = [&](std::string_view salt, std::string_view adapter) {
    BlockTables tables = ledger.empty_tables();
    const PrefixText wanted{.tokens = text, .salt = salt, .adapter = adapter};
    const size_t found = cache.match(wanted, tables).num_tokens;
    if (found == 0) EXPECT_TRUE(ledger.grow(tables, text.size()));
    cache.insert(wanted, tables, false);
    ledger.release(tables);
    return found;
  };
  for (const size_t expected : {0u, 64u}) {
    for (const char* salt : {"", "a", "ab"}) {
      for (const char* adapter : {"", "a", "b"}) EXPECT_EQ(known_under(salt, adapter), expected);
    }
  }
}

TEST(PrefixCache, AnEndThatGrowsIsKnownOnce) {
  const KvLedger::Group groups[] = {{.num_blocks = 20}};
  KvLedger ledger(groups, 32);
  Copies copies;
  PrefixCache cache(ledger, &copies);
  BlockTables tables = ledger.empty_tables();
  for (size_t count : {10, 20, 32, 40}) {
    ASSERT_TRUE(ledger.grow(tables, count));
    cache.insert({.tokens = tokens(count)}, tables, true);
  }
  EXPECT_EQ(cache.num_nodes(), 2u);
  ledger.release(tables);
  EXPECT_EQ(ledger.pool(0).num_idle(), 2);
  EXPECT_EQ(known(ledger, cache, tokens(40)), 40u);
}

TEST(PrefixCache, ForgottenSaltsLeaveNothing) {
  const KvLedger::Group groups[] = {{.num_blocks = 4}};
  KvLedger ledger(groups, 32);
  Copies copies;
  PrefixCache cache(ledger, &copies);
  for (int i = 0; i < 50; ++i) compute(ledger, cache, tokens(70), std::to_string(i));
  EXPECT_LE(cache.num_nodes(), 4u);
  EXPECT_EQ(ledger.pool(0).num_available(), 4);
  EXPECT_EQ(known(ledger, cache, tokens(70), "49"), 70u);
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
