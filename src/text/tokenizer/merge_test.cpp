#include "text/tokenizer/merge.h"

#include <random>

#include <gtest/gtest.h>

#include "text/tokenizer/merge_table.h"

namespace hearth {
namespace {

/// The definition: again and again the leftmost pair of the lowest rank.
std::vector<int32_t> merged_slowly(std::vector<int32_t> ids, const MergeTable& table) {
  while (true) {
    size_t best = 0;
    Merge merge;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const Merge one = table.find(ids[i], ids[i + 1]);
      if (one.rank < merge.rank) best = i, merge = one;
    }
    if (merge.rank == Merge::kNone) return ids;
    ids[best] = merge.id;
    ids.erase(ids.begin() + ptrdiff_t(best) + 1);
  }
}

TEST(Merger, ShortAndLongWordsMergeByTheDefinition) {
  std::mt19937 random(1);
  Merger merger;
  for (int round = 0; round < 2000; ++round) {
    MergeTable table(60);
    for (int32_t id = 4; id < 64; ++id) {
      // Some ranks are equal, as SentencePiece's are where scores are.
      table.insert(int32_t(random() % unsigned(id)), int32_t(random() % unsigned(id)),
                   {uint32_t(random() % 40), id});
    }
    std::vector<int32_t> ids;
    merger.symbols.clear();
    const uint32_t size = random() % 120;
    for (uint32_t i = 0; i < size; ++i) {
      ids.push_back(int32_t(random() % 4));
      merger.symbols.push_back({ids.back(), i, 1});
    }
    merger.run([&](const Symbol& left, const Symbol& right) { return table.find(left.id, right.id); });
    const std::vector<int32_t> expected = merged_slowly(ids, table);
    ASSERT_EQ(merger.symbols.size(), expected.size());
    uint32_t at = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(merger.symbols[i].id, expected[i]);
      ASSERT_EQ(merger.symbols[i].begin, at);
      at += merger.symbols[i].size;
    }
    ASSERT_EQ(at, size);
  }
}

TEST(Merger, ALongWordTakesNoQuadraticTime) {
  MergeTable table(40);
  for (int32_t id = 0; id < 30; ++id) table.insert(id, id, {uint32_t(id), id + 1});
  Merger merger;
  for (uint32_t i = 0; i < (1u << 20); ++i) merger.symbols.push_back({0, i, 1});
  merger.run([&](const Symbol& left, const Symbol& right) { return table.find(left.id, right.id); });
  ASSERT_EQ(merger.symbols.size(), 1u);
  EXPECT_EQ(merger.symbols[0].id, 20);
}

TEST(MergeTable, KeepsTheFirstOfAPair) {
  MergeTable table(2);
  table.insert(1, 2, {0, 10});
  table.insert(1, 2, {1, 11});
  EXPECT_EQ(table.find(1, 2).id, 10);
  EXPECT_EQ(table.find(2, 1).rank, Merge::kNone);
}

}  // namespace
}  // namespace hearth
