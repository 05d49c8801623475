#include "engine/cache/cold_store.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/testing/engine_rig.h"
#include "engine/testing/temporary_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// Two groups of blocks of bytes.
struct Bytes final : BlockMemory {
  static constexpr size_t kSize[] = {100, 60};
  void copy(size_t, BlockId, BlockId) override {}
  size_t num_groups() const override { return 2; }
  size_t num_bytes(size_t group) const override { return kSize[group]; }
  void read(size_t group, BlockId block, std::span<std::byte> out) override {
    std::memcpy(out.data(), at(group, block), out.size());
  }
  void write(size_t group, BlockId block, std::span<const std::byte> in) override {
    std::memcpy(at(group, block), in.data(), in.size());
  }
  char* at(size_t group, BlockId block) { return memory[group].data() + size_t(block) * kSize[group]; }
  std::string memory[2] = {std::string(100 * 20, '\0'), std::string(60 * 20, '\0')};
};

std::vector<TokenId> block_tokens(TokenId first) {
  std::vector<TokenId> tokens(32);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}
BlockKey key(TokenId first) { return child_key(root_key("salt"), {.tokens = block_tokens(first)}); }

std::unique_ptr<ColdStore> open(const TemporaryFolder& folder, Bytes& memory, size_t max_bytes = 1 << 20,
                                const std::string& identity = "a model") {
  auto store = *ColdStore::open({.folder = folder.path, .max_bytes = max_bytes}, memory);
  store->identify(identity);
  return store;
}

void save(ColdStore& store, Bytes& memory, TokenId first) {
  std::memset(memory.at(0, 3), 'a' + first, 100);
  std::memset(memory.at(1, 4), 'A' + first, 60);
  const BlockId blocks[] = {3, 4};
  store.save(key(first), block_tokens(first), blocks);
  store.flush();
}

bool loads(ColdStore& store, Bytes& memory, TokenId first) {
  std::memset(memory.at(0, 7), 0, 100);
  const BlockId blocks[] = {7, 8};
  if (!store.load(key(first), block_tokens(first), blocks)) return false;
  EXPECT_EQ(std::string(memory.at(0, 7), 100), std::string(100, char('a' + first)));
  EXPECT_EQ(std::string(memory.at(1, 8), 60), std::string(60, char('A' + first)));
  return true;
}

TEST(ColdStore, BlocksOutliveTheProcess) {
  const TemporaryFolder folder;
  Bytes memory;
  {
    const auto store = open(folder, memory);
    save(*store, memory, 1);
    EXPECT_EQ(store->groups_of(key(1)), 3u);
    EXPECT_EQ(store->groups_of(key(2)), 0u);
    const BlockId half[] = {3, kNoBlock};
    store->save(key(2), block_tokens(2), half);
  }
  const auto store = open(folder, memory);
  EXPECT_EQ(store->groups_of(key(2)), 1u) << "what waited was written";
  EXPECT_TRUE(loads(*store, memory, 1));
  EXPECT_FALSE(loads(*store, memory, 5));
  EXPECT_EQ(fs::status(folder.path).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(folder.files()[0]).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

void wait_until_fetched(ColdStore& store, TokenId first) {
  while (!store.is_fetched(key(first))) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(ColdStore, WhatWasFetchedIsReadAlready) {
  const TemporaryFolder folder;
  Bytes memory;
  const auto store = open(folder, memory);
  for (TokenId i = 1; i <= 3; ++i) save(*store, memory, i);
  EXPECT_FALSE(store->is_fetched(key(1)));
  EXPECT_TRUE(store->is_fetched(key(9))) << "there is nothing to wait for";
  const std::array keys = {key(1), key(2), key(9), key(3)};
  store->fetch(keys);
  EXPECT_TRUE(loads(*store, memory, 1)) << "at whatever moment";
  wait_until_fetched(*store, 2);
  for (const fs::path& file : folder.files()) std::ofstream(file) << "overwritten";
  EXPECT_TRUE(loads(*store, memory, 2));
  EXPECT_FALSE(loads(*store, memory, 2)) << "it was read once";

  store->fetch(std::span(keys).last(1));
  wait_until_fetched(*store, 3);
  EXPECT_FALSE(loads(*store, memory, 3)) << "damage is found when it is read";
  EXPECT_EQ(store->groups_of(key(3)), 0u);
}

TEST(ColdStore, WhatNobodyWaitsForIsForgotten) {
  const TemporaryFolder folder;
  Bytes memory;
  const auto store = open(folder, memory);
  for (TokenId i = 1; i <= 2; ++i) save(*store, memory, i);
  const std::array keys = {key(1), key(2)};
  store->fetch(keys);
  wait_until_fetched(*store, 1);
  wait_until_fetched(*store, 2);
  store->fetch(std::span(keys).last(1));
  EXPECT_FALSE(store->is_fetched(key(1)));
  EXPECT_TRUE(store->is_fetched(key(2)));
  store->fetch({});
  EXPECT_FALSE(store->is_fetched(key(2)));
  EXPECT_TRUE(loads(*store, memory, 2));
}

TEST(ColdStore, OtherModelsBlocksAreNotSeen) {
  const TemporaryFolder folder;
  Bytes memory;
  save(*open(folder, memory), memory, 1);
  const auto other = open(folder, memory, 1 << 20, "another model");
  EXPECT_EQ(other->groups_of(key(1)), 0u);
  EXPECT_FALSE(loads(*other, memory, 1));
  EXPECT_GT(other->num_bytes(), 0u) << "but count";
}

TEST(ColdStore, TheBudgetHoldsAndTheLeastUsedGo) {
  const TemporaryFolder folder;
  Bytes memory;
  constexpr size_t kFile = 216 + 160;
  const auto store = open(folder, memory, 3 * kFile + 10);
  for (TokenId i = 1; i <= 3; ++i) save(*store, memory, i);
  EXPECT_TRUE(loads(*store, memory, 1));
  save(*store, memory, 4);
  EXPECT_EQ(store->num_bytes(), 3 * kFile);
  EXPECT_EQ(folder.files().size(), 3u);
  EXPECT_FALSE(loads(*store, memory, 2));
  for (TokenId i : {1, 3, 4}) EXPECT_TRUE(loads(*store, memory, i)) << i;
  save(*store, memory, 3);
  EXPECT_EQ(store->num_bytes(), 3 * kFile) << "what is kept is not written again";
}

TEST(ColdStore, DamagedFilesAreRemoved) {
  Bytes memory;
  const auto damage = [&](const std::function<void(std::string&)>& change) {
    const TemporaryFolder folder;
    save(*open(folder, memory), memory, 1);
    const fs::path path = folder.files().at(0);
    std::string content = *read_file(path, 1 << 20);
    change(content);
    std::ofstream(path, std::ios::binary) << content;
    std::string logged;
    const auto store = *ColdStore::open({.folder = folder.path,
                                         .max_bytes = 1 << 20,
                                         .log = [&](LogLevel, std::string_view line) { logged = line; }},
                                        memory);
    store->identify("a model");
    EXPECT_FALSE(loads(*store, memory, 1));
    EXPECT_EQ(memory.at(0, 7)[0], 0) << "nothing of it is used";
    EXPECT_NE(logged.find("removed"), std::string::npos);
    EXPECT_TRUE(folder.files().empty());
    EXPECT_EQ(store->num_bytes(), 0u);
  };
  for (size_t at : {0, 9, 50, 100, 200, 210, 216, 300, 375}) {
    damage([&](std::string& content) { content.at(at) = char(content[at] ^ 4); });
  }
  damage([](std::string& content) { content.resize(300); });
  damage([](std::string& content) { content.resize(100); });
  damage([](std::string& content) { content.clear(); });
  damage([](std::string& content) { content += "more"; });
}

TEST(ColdStore, ForeignNamesAreRemovedAndOtherFilesAreNot) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path);
  for (const char* name : {"x.kvblock", "0123.kvblock.tmp", "notes.txt"})
    std::ofstream(folder.path / name) << 1;
  Bytes memory;
  const auto store = open(folder, memory);
  ASSERT_EQ(folder.files().size(), 1u);
  EXPECT_EQ(folder.files()[0].filename(), "notes.txt");
}

TEST(ColdStore, AFolderThatCannotBeMadeIsAnError) {
  const TemporaryFolder folder;
  std::ofstream(folder.path) << "a file";
  Bytes memory;
  const auto store = ColdStore::open({.folder = folder.path / "sub", .max_bytes = 1}, memory);
  ASSERT_FALSE(store.has_value());
  EXPECT_NE(store.error().message.find(folder.path.string()), std::string::npos);
}

TEST(ColdStore, KeepsAndFindsNothingBeforeItKnowsWhose) {
  const TemporaryFolder folder;
  Bytes memory;
  save(*open(folder, memory), memory, 1);
  const auto store = *ColdStore::open({.folder = folder.path, .max_bytes = 1 << 20}, memory);
  EXPECT_FALSE(store->is_identified());
  EXPECT_EQ(store->groups_of(key(1)), 0u);
  EXPECT_FALSE(loads(*store, memory, 1));
  save(*store, memory, 2);
  EXPECT_EQ(folder.files().size(), 1u) << "unidentified blocks are not written";
  EXPECT_GT(store->num_bytes(), 0u) << "but what is there counts";
  store->identify("a model");
  EXPECT_TRUE(loads(*store, memory, 1));
  EXPECT_FALSE(loads(*store, memory, 2));
  save(*store, memory, 2);
  EXPECT_TRUE(loads(*store, memory, 2));

  const auto other = *ColdStore::open({.folder = folder.path, .max_bytes = 1 << 20}, memory);
  other->identify("another model");
  EXPECT_EQ(other->groups_of(key(1)), 0u);
}

/// What one engine computed, a second one finds, and the completions are the same, with another beside them,
/// while which blocks are read ahead, or alone.
class ColdStoreEngine : public testing::TestWithParam<bool> {};

TEST_P(ColdStoreEngine, PrefixesOutliveTheEngine) {
  const auto run = [](const fs::path& folder, size_t* cached) {
    Rig::Options options;
    options.num_tokens = 700;
    if (!folder.empty()) {
      options.spill = {.folder = folder,
                       .max_bytes = 1 << 20,
                       .model_digest = [] { return std::optional<std::string>("fake"); },
                       .most_at_end = std::chrono::hours(1)};
    }
    Rig rig(options);
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < 12; ++i) {
      GenerateRequest one = request(200, i % 6, 20);
      if (i % 3 == 0) one.cache_salt = "salt";
      if (GetParam()) {
        rig.submit(request(5, 100 + i, 200));
        rig.engine->step();
      }
      const RequestId id = rig.submit(std::move(one));
      rig.run();
      rig.engine->flush_spill();
      texts.push_back(rig.completions[id]->text);
      *cached += rig.completions[id]->result.usage.num_cached_tokens;
    }
    rig.engine.reset();
    for (size_t g = 0; g < rig.cache.ledger().num_groups(); ++g) {
      EXPECT_EQ(rig.cache.ledger().pool(g).num_used(), 0);
    }
    return texts;
  };
  const TemporaryFolder folder;
  size_t plain = 0, first = 0, second = 0;
  const auto expected = run({}, &plain);
  EXPECT_EQ(run(folder.path, &first), expected);
  EXPECT_GT(first, plain) << "what memory lost is found again";
  EXPECT_EQ(run(folder.path, &second), expected);
  EXPECT_GT(second, first + 6 * 150) << "all that was computed before the restart";
}
INSTANTIATE_TEST_SUITE_P(, ColdStoreEngine, testing::Bool());

/// An engine that learns late which weights it has uses nothing of the disk before, and all of it after.
TEST(ColdStoreLate, UsesTheDiskOnceTheWeightsAreKnown) {
  const TemporaryFolder folder;
  std::optional<std::string> digest;
  Rig::Options options;
  options.spill = {.folder = folder.path,
                   .max_bytes = 1 << 20,
                   .model_digest = [&] { return digest; },
                   .most_at_end = std::chrono::hours(1)};
  const auto cached = [](Rig& rig) {
    const RequestId id = rig.submit(request(200, 1, 5));
    rig.run();
    return rig.completions[id]->result.usage.num_cached_tokens;
  };
  {
    Rig rig(options);
    EXPECT_EQ(cached(rig), 0u);
  }
  EXPECT_TRUE(folder.files().empty()) << "the weights are not identified";
  {
    Rig rig(options);
    EXPECT_EQ(cached(rig), 0u);
    digest = "these weights";
  }
  EXPECT_FALSE(folder.files().empty()) << "known at the end, it is kept";
  digest.reset();
  {
    Rig rig(options);
    EXPECT_EQ(cached(rig), 0u);
    rig.engine->clear_prefix_cache();
    digest = "these weights";
    EXPECT_GT(cached(rig), 150u);
  }
  digest = "other weights";
  Rig rig(options);
  EXPECT_EQ(cached(rig), 0u);
}

}  // namespace
}  // namespace hearth
