#include <random>

#include <gtest/gtest.h>

#include "grammar/mask/matcher.h"
#include "grammar/mask/testing/toy_automata.h"
#include "grammar/mask/testing/toy_vocabulary.h"

namespace hearth::grammar {
namespace {

std::vector<std::pair<const char*, GrammarPtr>> grammars() {
  return {
      {"words", testing::words_grammar({"the quick", "the lazy dog", "true"})},
      {"json", testing::json_grammar({})},
      {"compact array", testing::json_grammar({.is_array = true, .spaces = false})},
      {"long strings", testing::json_grammar({.min_length = 20, .is_array = true})},
      {"bounded strings", testing::json_grammar({.min_length = 4, .max_length = 30})},
      {"named", testing::json_grammar({.names = {"name", "number"}, .other_names = false})},
  };
}

std::string spell(const TokenTable& tokens, const std::vector<TokenId>& ids) {
  std::string text;
  for (const TokenId id : ids) text += tokens.bytes(id);
  return text;
}

TEST(Closing, BringsATextToAnEnd) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(1500, 1);
  const auto closing_of = [&](const GrammarPtr& grammar, std::string_view text) {
    Matcher matcher(grammar, vocabulary.table, Limits{});
    for (const char byte : text) EXPECT_TRUE(matcher.accept(TokenId(uint8_t(byte))));
    const auto ids = matcher.closing();
    EXPECT_TRUE(ids.has_value());
    return ids ? spell(*vocabulary.table, *ids) : "none";
  };
  const GrammarPtr json = testing::json_grammar({});
  EXPECT_EQ(closing_of(json, "[{\"a\": [1, {"), "}]}]");
  EXPECT_EQ(closing_of(json, "[\"abc"), "\"]");
  EXPECT_EQ(closing_of(json, "[tr"), "ue]");
  EXPECT_EQ(closing_of(json, "[]"), "");
  const GrammarPtr named = testing::json_grammar({.names = {"name"}, .other_names = false});
  EXPECT_EQ(closing_of(named, "{\"n").substr(0, 5), "ame\":");
  const GrammarPtr words = testing::words_grammar({"the quick", "the lazy dog"});
  EXPECT_EQ(closing_of(words, "the l"), "azy dog");
}

TEST(Closing, KeepsEveryTextWithinItsBudget) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(1500, 2);
  std::mt19937 random(3);
  for (const auto& [name, grammar] : grammars()) {
    SCOPED_TRACE(name);
    for (int text = 0; text < 10; ++text) {
      Matcher matcher(grammar, vocabulary.table, Limits{});
      const auto least = matcher.closing();
      ASSERT_TRUE(least.has_value());
      auto left = uint32_t(least->size() + random() % 20);
      while (!matcher.must_end()) {
        std::vector<uint64_t> near(vocabulary.table->num_words()), all(near.size());
        ASSERT_TRUE(matcher.fill_mask_within(left, near).has_value());
        ASSERT_TRUE(matcher.fill_mask(all).has_value());
        std::vector<TokenId> ids;
        for (size_t id = 0; id < near.size() * 64; ++id) {
          if ((near[id / 64] >> (id % 64) & 1) != 0) ids.push_back(TokenId(id));
        }
        for (size_t i = 0; i < near.size(); ++i) ASSERT_EQ(near[i] & ~all[i], 0u);
        ASSERT_FALSE(ids.empty());
        const TokenId id = ids[random() % ids.size()];
        ASSERT_TRUE(matcher.accept(id));
        if (vocabulary.table->is_end(id)) break;
        ASSERT_GT(left, 0u);
        --left;
      }
      EXPECT_TRUE(matcher.may_end());
    }
  }
}

TEST(Closing, AWideBudgetLeavesTheMaskAsItIs) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(1500, 4);
  for (const auto& [name, grammar] : grammars()) {
    SCOPED_TRACE(name);
    Matcher matcher(grammar, vocabulary.table, Limits{});
    for (int round = 0; round < 2; ++round) {
      std::vector<uint64_t> near(vocabulary.table->num_words()), all(near.size());
      ASSERT_TRUE(matcher.fill_mask_within(1000, near).has_value());
      ASSERT_TRUE(matcher.fill_mask(all).has_value());
      EXPECT_EQ(near, all);
    }
  }
}

}  // namespace
}  // namespace hearth::grammar
