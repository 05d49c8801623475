#include "engine/cache/prefix_text.h"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "engine/cache/block_key.h"

namespace hearth {
namespace {

/// What a position holds, written out.
using Held = std::tuple<TokenId, bool, int64_t, uint8_t>;

std::vector<Held> written_out(const PrefixText& text) {
  std::vector<Held> all;
  for (size_t i = 0; i < text.size(); ++i) {
    Held held{text.tokens[i], false, 0, 0};
    for (const ContentSpan& content : text.contents) {
      if (content.begin <= int64_t(i) && int64_t(i) < content.end) {
        held = {text.tokens[i], true, content.begin, content.hash[0]};
      }
    }
    all.push_back(held);
  }
  return all;
}

struct Text {
  std::vector<TokenId> tokens;
  std::vector<ContentSpan> contents;
  PrefixText view() const { return {.tokens = tokens, .contents = contents}; }
};

/// Few tokens and contents, so that many begin alike.
Text random_text(std::mt19937& random) {
  Text text;
  text.tokens.resize(random() % 70);
  for (TokenId& id : text.tokens) id = TokenId(random() % 40 / 39);
  int64_t at = 0;
  while (random() % 3 != 0) {
    at += int64_t(random() % 3 * 11);
    const auto length = int64_t(1 + random() % 2 * 20);
    text.contents.push_back({.begin = at, .end = at + length, .hash = {uint8_t(1 + random() % 2)}});
    at += length;
  }
  return text;
}

TEST(PrefixText, PositionsAreTheSameIfAllTheyHoldIs) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const Text a = random_text(random), b = random_text(random);
    const auto whole_a = written_out(a.view()), whole_b = written_out(b.view());
    const auto parting = std::ranges::mismatch(whole_a, whole_b).in1 - whole_a.begin();
    ASSERT_EQ(common_prefix(a.view(), b.view()), size_t(parting));
    for (size_t block = 0; block * 32 < std::min(a.tokens.size(), b.tokens.size()); ++block) {
      const BlockText of_a = a.view().block(block), of_b = b.view().block(block);
      const auto part = [&](const std::vector<Held>& whole) {
        const size_t first = block * 32, last = std::min(whole.size(), first + 32);
        return std::vector<Held>(whole.begin() + ptrdiff_t(first), whole.begin() + ptrdiff_t(last));
      };
      const auto held_a = part(whole_a), held_b = part(whole_b);
      ASSERT_EQ(of_a == of_b, held_a == held_b);
      ASSERT_EQ(of_a < of_b, held_a < held_b);
      ASSERT_EQ(child_key({}, of_a) == child_key({}, of_b), held_a == held_b);
    }
  }
}

TEST(PrefixText, ABlockIsCutLikeItsText) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const Text text = random_text(random);
    const size_t count = random() % (text.tokens.size() + 1);
    if (count / 32 * 32 == text.tokens.size()) continue;
    BlockText block = text.view().block(count / 32);
    block.resize(count % 32);
    ASSERT_EQ(block, text.view().first(count).block(count / 32));
  }
}

TEST(PrefixText, RootsMustBeTheSame) {
  const std::vector<TokenId> tokens(10);
  const PrefixText plain{.tokens = tokens};
  EXPECT_EQ(common_prefix(plain, plain), 10u);
  EXPECT_EQ(common_prefix(plain, {.tokens = tokens, .salt = "a"}), 0u);
  EXPECT_EQ(common_prefix(plain, {.tokens = tokens, .adapter = "a"}), 0u);
}

/// Blocks on disk are found again by it.
TEST(BlockKey, OfPlainTokensIsTheChainOfTheirHashes) {
  const std::string_view salt = "salt";
  const BlockKey root = sha256(std::as_bytes(std::span(salt)));
  EXPECT_EQ(root_key(salt), root);
  EXPECT_NE(root_key(salt, "a"), root);
  EXPECT_NE(root_key("", "salt"), root);
  const std::vector<TokenId> tokens = {1, 2, 3};
  Sha256 hash;
  hash.update(std::as_bytes(std::span(root)));
  hash.update(std::as_bytes(std::span(tokens)));
  EXPECT_EQ(child_key(root, {.tokens = tokens}), hash.finish());
}

}  // namespace
}  // namespace hearth
