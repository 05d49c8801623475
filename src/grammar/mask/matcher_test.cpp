#include "grammar/mask/matcher.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "grammar/mask/testing/toy_automata.h"
#include "grammar/mask/testing/toy_vocabulary.h"

namespace hearth::grammar {
namespace {

using Words = std::vector<uint64_t>;

/// A text of a grammar, beside a plain automaton that has read the same.
class Walk {
 public:
  Walk(const GrammarPtr& grammar, const TokenTablePtr& tokens, const Limits& limits = {})
      : tokens_(tokens), matcher_(grammar, tokens, limits), plain_(grammar->make_automaton()) {
    states_ = {plain_->start()};
  }

  Words mask() {
    Words words(tokens_->num_words());
    EXPECT_TRUE(matcher_.fill_mask(words).has_value());
    return words;
  }
  /// What the mask must be.
  Words expected() {
    Words words = testing::brute_force_mask(*plain_, states_.back(), *tokens_);
    if (!plain_->accepts(states_.back())) return words;
    for (const TokenId id : tokens_->end_ids()) words[size_t(id) / 64] |= uint64_t(1) << (size_t(id) % 64);
    return words;
  }
  void accept(TokenId id) {
    ASSERT_TRUE(matcher_.accept(id));
    StateId state = states_.back();
    for (const char byte : tokens_->bytes(id)) state = plain_->step(state, uint8_t(byte));
    states_.push_back(state);
  }
  void rollback(size_t count) {
    matcher_.rollback(count);
    states_.resize(states_.size() - count);
  }
  size_t num_tokens() const { return states_.size() - 1; }
  Matcher& matcher() { return matcher_; }

 private:
  TokenTablePtr tokens_;
  Matcher matcher_;
  std::unique_ptr<Automaton> plain_;
  std::vector<StateId> states_;
};

std::vector<TokenId> ids_of(const Words& words) {
  std::vector<TokenId> ids;
  for (size_t id = 0; id < words.size() * 64; ++id) {
    if ((words[id / 64] >> (id % 64) & 1) != 0) ids.push_back(TokenId(id));
  }
  return ids;
}

/// A token of the mask that does not end the turn, or -1. Short ones more often: long blanks lead nowhere
/// new.
TokenId choose(const Words& words, const TokenTable& tokens, std::mt19937& random) {
  std::vector<TokenId> ids = ids_of(words);
  std::erase_if(ids, [&](TokenId id) { return tokens.is_end(id); });
  if (ids.empty()) return -1;
  TokenId id = ids[random() % ids.size()];
  for (int i = 0; i < 2 && tokens.bytes(id).find_first_not_of(" \n") == std::string_view::npos; ++i) {
    id = ids[random() % ids.size()];
  }
  return id;
}

std::vector<std::pair<const char*, GrammarPtr>> grammars() {
  const std::vector<std::string> names = {"name", "names", "n", "number", "Fran\xC3\xA7ois", "\xC3\xA9"};
  return {
      {"words", testing::words_grammar({"the quick", "the lazy dog", "\xF0\x9F\x98\x80", "true", "t"})},
      {"json", testing::json_grammar({})},
      {"compact array", testing::json_grammar({.is_array = true, .spaces = false})},
      {"short strings", testing::json_grammar({.max_length = 7, .is_array = true})},
      {"long strings", testing::json_grammar({.min_length = 3, .is_array = true})},
      {"bounded strings", testing::json_grammar({.min_length = 4, .max_length = 30, .is_array = true})},
      {"wide strings", testing::json_grammar({.max_length = 100, .is_array = true})},
      {"named", testing::json_grammar({.names = names})},
      {"named alone", testing::json_grammar({.names = names, .other_names = false})},
  };
}

TEST(Matcher, MasksAreWhatTryingEachTokenGives) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(2000, 1);
  std::mt19937 random(2);
  for (const auto& [name, grammar] : grammars()) {
    SCOPED_TRACE(name);
    for (int text = 0; text < 6; ++text) {
      Walk walk(grammar, vocabulary.table);
      for (int step = 0; step < 40; ++step) {
        const Words mask = walk.mask();
        ASSERT_EQ(mask, walk.expected()) << "step " << step;
        const TokenId id = choose(mask, *vocabulary.table, random);
        if (id < 0) break;
        walk.accept(id);
      }
    }
  }
}

TEST(Matcher, RollbackAndSpeculationLeaveNoTrace) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(1200, 3);
  std::mt19937 random(4);
  for (const auto& [name, grammar] : grammars()) {
    SCOPED_TRACE(name);
    Limits limits;
    limits.max_automaton_size = 300'000;  // compacts many times
    Walk walk(grammar, vocabulary.table, limits);
    std::vector<Words> masks;  // before each token
    for (int step = 0; step < 1500; ++step) {
      const Words mask = walk.mask();
      if (masks.size() > walk.num_tokens()) {
        ASSERT_EQ(masks[walk.num_tokens()], mask);
      } else {
        masks.push_back(mask);
      }
      if (step % 16 == 0) ASSERT_EQ(mask, walk.expected());
      const auto outside = TokenId(random() % vocabulary.table->num_tokens());
      if ((mask[size_t(outside) / 64] >> (size_t(outside) % 64) & 1) == 0) {
        ASSERT_FALSE(walk.matcher().accept(outside));
      }
      const TokenId id = choose(mask, *vocabulary.table, random);
      if (id < 0 || (random() % 4 == 0 && walk.num_tokens() > 0)) {
        const size_t most = std::min(walk.num_tokens(), Matcher::kMaxRollback);
        ASSERT_GT(most, 0u);
        walk.rollback(1 + random() % std::min<size_t>(most, random() % 20 == 0 ? 256 : 6));
        continue;
      }
      masks.resize(walk.num_tokens() + 1);
      walk.accept(id);
    }
  }
}

TEST(Matcher, TheSamePoolServesManyTexts) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(1200, 5);
  const GrammarPtr grammar = testing::json_grammar({.names = {"name"}});
  const auto pool = std::make_shared<AutomatonPool>(grammar, vocabulary.table, Limits{});
  std::mt19937 random(6);
  for (int round = 0; round < 8; ++round) {
    Matcher one(pool), other(pool);
    const std::unique_ptr<Automaton> plain = grammar->make_automaton();
    StateId state = plain->start();
    for (int step = 0; step < 12; ++step) {
      Words first(vocabulary.table->num_words()), second(first.size());
      ASSERT_TRUE(one.fill_mask(first).has_value());
      ASSERT_TRUE(other.fill_mask(second).has_value());
      ASSERT_EQ(first, second);
      if (!plain->accepts(state))
        ASSERT_EQ(first, testing::brute_force_mask(*plain, state, *vocabulary.table));
      const TokenId id = choose(first, *vocabulary.table, random);
      if (id < 0) break;
      ASSERT_TRUE(one.accept(id));
      ASSERT_TRUE(other.accept(id));
      for (const char byte : vocabulary.table->bytes(id)) state = plain->step(state, uint8_t(byte));
    }
  }
}

TEST(Matcher, ForcedBytesEndWhereThereIsAChoice) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(600, 7);
  const std::string control(vocabulary.bytes[size_t(vocabulary.end_id) + 1]);
  const auto forced = [&](std::vector<std::string> words, size_t max_size) {
    Matcher matcher(testing::words_grammar(std::move(words)), vocabulary.table, Limits{});
    const std::vector<uint8_t> bytes = matcher.forced_bytes(max_size);
    return std::string(bytes.begin(), bytes.end());
  };
  EXPECT_EQ(forced({"the quick", "the lazy"}, 100), "the ");
  EXPECT_EQ(forced({"the quick", "the lazy"}, 2), "th");
  EXPECT_EQ(forced({"the", "the lazy"}, 100), "the");
  EXPECT_EQ(forced({"a", "b"}, 100), "");
  EXPECT_EQ(forced({"a" + control + "b"}, 100), "a" + control + "b");
  EXPECT_EQ(forced({"a" + control + "b"}, 3), "a");
}

TEST(Matcher, SaysWhereATextMayAndMustEnd) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(600, 8);
  Matcher matcher(testing::words_grammar({"t", "true"}), vocabulary.table, Limits{});
  const auto byte = [](char letter) { return TokenId(uint8_t(letter)); };
  EXPECT_FALSE(matcher.may_end());
  EXPECT_FALSE(matcher.accept(vocabulary.end_id));
  ASSERT_TRUE(matcher.accept(byte('t')));
  EXPECT_TRUE(matcher.may_end());
  EXPECT_FALSE(matcher.must_end());
  ASSERT_TRUE(matcher.accept(vocabulary.end_id));
  EXPECT_TRUE(matcher.must_end());
  EXPECT_FALSE(matcher.accept(byte('r')));
  matcher.rollback(1);
  for (const char letter : {'r', 'u', 'e'}) ASSERT_TRUE(matcher.accept(byte(letter)));
  EXPECT_TRUE(matcher.must_end());
  Words words(vocabulary.table->num_words());
  ASSERT_TRUE(matcher.fill_mask(words).has_value());
  EXPECT_EQ(ids_of(words), std::vector<TokenId>{vocabulary.end_id});
}

TEST(Matcher, AMaskWithoutFuelIsAnError) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(600, 9);
  Limits limits;
  limits.mask_fuel = 1000;
  Matcher cheap(testing::costly_grammar(testing::json_grammar({}), 1), vocabulary.table, limits);
  Matcher costly(testing::costly_grammar(testing::json_grammar({}), 50), vocabulary.table, limits);
  Words words(vocabulary.table->num_words());
  EXPECT_TRUE(cheap.fill_mask(words).has_value());
  std::ranges::fill(words, 0);
  const Status status = costly.fill_mask(words);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kResourceLimit);
}

TEST(Matcher, ControlTokensComeWhereTheGrammarNamesThem) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(600, 10);
  const TokenId control = vocabulary.end_id + 1;
  Matcher matcher(testing::words_grammar({"a" + vocabulary.bytes[size_t(control)]}), vocabulary.table,
                  Limits{});
  EXPECT_FALSE(matcher.accept(control));
  ASSERT_TRUE(matcher.accept('a'));
  Words words(vocabulary.table->num_words());
  ASSERT_TRUE(matcher.fill_mask(words).has_value());
  // The byte that starts it is a token of this vocabulary too.
  EXPECT_EQ(ids_of(words), (std::vector<TokenId>{0xFF, control}));
  EXPECT_TRUE(matcher.accept(control));
  EXPECT_TRUE(matcher.must_end());
}

}  // namespace
}  // namespace hearth::grammar
