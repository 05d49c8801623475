#include "grammar/mask/token_table.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "grammar/code_point_set.h"
#include "grammar/control_token.h"
#include "grammar/mask/testing/toy_vocabulary.h"
#include "text/testing/tokenizer_fixture.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

TEST(ByteTrie, ListsWhatItWasMadeOfDepthFirst) {
  std::mt19937 random(1);
  std::vector<std::string> strings;
  for (int i = 0; i < 2000; ++i) {
    std::string text(1 + random() % 12, ' ');
    for (char& letter : text) letter = char(random() % 3 == 0 ? 0 : random() % 256);
    strings.push_back(std::move(text));
  }
  std::vector<ByteTrie::Entry> entries;
  for (size_t i = 0; i < strings.size(); ++i) entries.push_back({strings[i], uint32_t(i)});
  const ByteTrie trie(entries);
  std::multiset<std::string> spelt;
  std::string path;
  for (uint32_t i = 0; i < trie.num_nodes(); ++i) {
    const ByteTrie::Node& node = trie.nodes()[i];
    path.resize(node.depth - 1);
    path += char(node.byte);
    for (uint32_t value = node.first_value; value < trie.nodes()[i + 1].first_value; ++value) {
      ASSERT_EQ(strings[trie.values()[value]], path);
      spelt.insert(path);
    }
    // Everything below starts with this string, and nothing behind it does.
    for (uint32_t below = i + 1; below < node.end; ++below) ASSERT_GT(trie.nodes()[below].depth, node.depth);
    ASSERT_LE(trie.nodes()[node.end].depth, node.depth);
  }
  EXPECT_EQ(spelt, std::multiset<std::string>(strings.begin(), strings.end()));
}

TEST(TokenTable, HoldsTokensAsTheBytesThatAutomataRead) {
  for (const char* name : {"bpe_smollm.json", "sentence_piece_bytes.json", "sentence_piece_plain.json"}) {
    SCOPED_TRACE(name);
    const Tokenizer tokenizer = hearth::testing::tokenizer_of(hearth::testing::read_fixture(name));
    const TokenTablePtr table = *TokenTable::create(tokenizer);
    ASSERT_EQ(table->num_tokens(), tokenizer.vocab().size());
    for (TokenId id = 0; size_t(id) < table->num_tokens(); ++id) {
      const auto control = control_token_bytes(id);
      if (tokenizer.vocab().type(id) == TokenType::kUnused) {
        EXPECT_TRUE(table->bytes(id).empty());
      } else if (tokenizer.is_control(id)) {
        EXPECT_EQ(table->bytes(id), std::string_view(reinterpret_cast<const char*>(control.data()), 4));
      } else {
        EXPECT_EQ(table->bytes(id), tokenizer.token_bytes(id));
      }
      EXPECT_EQ(table->is_end(id), tokenizer.is_end_of_generation(id));
    }
    EXPECT_TRUE(table->bytes(-1).empty());
    EXPECT_TRUE(table->bytes(TokenId(table->num_tokens())).empty());
  }
}

/// A token as a loop sees it, by another way than LoopTokens.
struct Split {
  uint32_t count = 0;    ///< code points inside, an unfinished one at the end among them
  size_t exit = 0;       ///< where the rest begins
  bool is_dead = false;  ///< it is no UTF-8 where the loop wants that
};

/// Whether the text, of one code point that need not be whole, can be one of the set.
bool may_be_of(const LoopSet& set, std::string_view text) {
  if (uint8_t(text[0]) < 0x80) return set.ascii[uint8_t(text[0])];
  if (set.beyond == nullptr) return set.beyond_ascii;
  for (const CodePointRange& range : set.beyond->ranges()) {
    for (char32_t code_point = range.first; code_point <= range.last; ++code_point) {
      std::string whole;
      append_utf8(whole, code_point);
      if (whole.starts_with(text)) return true;
    }
  }
  return false;
}

Split split(std::string_view token, const LoopSet& set) {
  Split split;
  while (split.exit < token.size()) {
    const std::string_view rest = token.substr(split.exit);
    const Utf8Step step = next_utf8(rest);
    std::string whole;
    const bool is_unfinished = sanitize_utf8_prefix(rest, whole) == 0;
    const bool is_bad = step.code_point == Utf8Step::kBadByte && !is_unfinished;
    const bool is_ascii = uint8_t(rest[0]) < 0x80;
    if (!is_ascii && set.has_beyond() && is_bad && uint8_t(rest[0]) != 0xFF) split.is_dead = true;
    if (is_bad || !may_be_of(set, is_unfinished ? rest : rest.substr(0, step.size))) return split;
    ++split.count;
    if (is_unfinished) {
      split.exit = token.size();
    } else {
      split.exit += step.size;
    }
  }
  return split;
}

TEST(LoopTokens, SplitTokensWhereTheyLeave) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(3000, 2);
  LoopSet letters, blanks;
  for (char letter = 'a'; letter <= 'z'; ++letter) letters.ascii.set(size_t(letter));
  blanks.ascii.set(' ');
  blanks.beyond_ascii = true;
  LoopSet some = letters, most = LoopSet::json_text();
  some.beyond =
      std::make_shared<CodePointSet>(CodePointSet{{0xE7, 0xE7}, {0x4F60, 0x4F60}, {0x1F5FF, 0x1F600}});
  most.beyond_ascii = false;
  most.beyond =
      std::make_shared<CodePointSet>(CodePointSet{{0xE0, 0x43E}, {0x4F61, 0x597D}, {0x1F601, 0x1F6FF}});
  for (const LoopSet& set : {LoopSet::json_text(), letters, blanks, some, most}) {
    const auto tokens = vocabulary.table->loops().get(set);
    tokens->prepare();
    std::set<std::tuple<TokenId, uint32_t, std::string>> rests, expected_rests;
    for (const uint32_t count : {0u, 1u, 2u, 5u, 63u, 64u, 65u, 66u, 1000u, UINT32_MAX}) {
      std::vector<uint64_t> words(vocabulary.table->num_words()), expected(words.size());
      std::ranges::copy(tokens->inside(), words.begin());
      vocabulary.table->loops().counts().keep_at_most(count, words);
      for (size_t id = 0; id < vocabulary.bytes.size(); ++id) {
        const std::string& token = vocabulary.bytes[id];
        const Split at = split(token, set);
        if (token.empty() || at.is_dead) continue;
        if (at.exit == token.size() && at.count <= count) expected[id / 64] |= uint64_t(1) << (id % 64);
        if (at.exit < token.size()) expected_rests.emplace(TokenId(id), at.count, token.substr(at.exit));
      }
      EXPECT_EQ(words, expected) << count;
    }
    for (const uint8_t byte : tokens->exit_bytes()) {
      const LoopTokens::Rests* of_byte = tokens->rests(byte);
      ASSERT_NE(of_byte, nullptr);
      const auto& ids = of_byte->all->ids;
      for (size_t i = 0; i < ids.size(); ++i) {
        if (of_byte->counts[i] > of_byte->max_count) continue;  // another set's
        const std::string& token = vocabulary.bytes[size_t(ids[i])];
        rests.emplace(ids[i], of_byte->counts[i], token.substr(split(token, set).exit));
      }
    }
    EXPECT_EQ(rests, expected_rests);
  }
}

TEST(LoopTokens, OnlyTheLastUsedAreKept) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(600, 3);
  LoopSet first;
  first.ascii.set('a');
  const std::weak_ptr<const LoopTokens> old = vocabulary.table->loops().get(first);
  const std::weak_ptr<const LoopTokens> text = vocabulary.table->loops().get(LoopSet::json_text());
  EXPECT_FALSE(old.expired());
  for (size_t i = 0; i < 100; ++i) {
    LoopSet set;
    set.ascii.set(i);
    set.ascii.set(i + 20);
    vocabulary.table->loops().get(set);
  }
  EXPECT_TRUE(old.expired());
  EXPECT_FALSE(text.expired());  // what JSON's strings are made of stays
}

}  // namespace
}  // namespace hearth::grammar
