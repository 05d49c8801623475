#include "grammar/quote/quote_walk.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/mask/warm_automaton.h"
#include "grammar/quote/quote_documents.h"
#include "grammar/quote/quote_language.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// A quote, then `"`, then commas: what is behind the quote is not the quote's to judge.
class QuoteAndCommas : public Automaton {
 public:
  explicit QuoteAndCommas(const GrammarPtr& quote) : quote_(quote->make_automaton()) {
    quote_->share_fuel(fuel());
  }

  StateId start() override { return outer(quote_->start()); }
  StateId step(StateId state, uint8_t byte) override {
    if (state == kCommas) return byte == ',' ? kCommas : kDeadState;
    if (byte == '"') return quote_->accepts(inner(state)) ? kCommas : kDeadState;
    return outer(quote_->step(inner(state), byte));
  }
  bool accepts(StateId state) override { return state == kCommas; }
  bool walk(StateId state, TrieWalk& walk) override {
    if (state == kCommas) return false;
    walk.foreign['"'] = walk.foreign_at_end['"'] = true;
    return quote_->walk(inner(state), walk);
  }
  void keep_only(std::span<StateId>) override {}
  size_t memory_size() const override { return quote_->memory_size(); }

 private:
  static constexpr StateId kCommas = 1;
  static StateId outer(StateId state) { return state == kDeadState ? state : state + 1; }
  static StateId inner(StateId state) { return state - 1; }

  std::unique_ptr<Automaton> quote_;
};

class QuoteAndCommasGrammar : public Grammar {
 public:
  explicit QuoteAndCommasGrammar(GrammarPtr quote) : quote_(std::move(quote)) {}
  std::unique_ptr<Automaton> make_automaton() const override {
    return std::make_unique<QuoteAndCommas>(quote_);
  }
  size_t memory_size() const override { return 0; }

 private:
  GrammarPtr quote_;
};

std::string document(std::mt19937& random) {
  static constexpr std::u32string_view kAlphabet = U"aaabb cd.\u00e9\u4e16\n'1";
  std::string text;
  for (size_t i = 0; i < 600; ++i) append_utf8(text, kAlphabet[random() % kAlphabet.size()]);
  return text;
}

/// Pieces of the text, cut at any byte, some with more behind them; and all bytes.
std::vector<std::string> vocabulary(std::mt19937& random, const std::string& text) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, char(byte));
  for (int i = 0; i < 1500; ++i) {
    std::string token = text.substr(random() % text.size(), 1 + random() % 5);
    if (i % 3 == 0) token += "\"";
    if (i % 6 == 0) token += ",,";
    if (i % 7 == 0) token += "x";
    tokens.push_back(token);
  }
  return tokens;
}

StateId step_all(Automaton& automaton, StateId state, std::string_view bytes) {
  for (const char byte : bytes) {
    if (state != kDeadState) state = automaton.step(state, uint8_t(byte));
  }
  return state;
}

void expect_masks_by_brute_force(const GrammarPtr& grammar, const std::vector<std::string>& tokens,
                                 std::mt19937& random) {
  const TokenTablePtr table = TokenTable::create(tokens, {}).value();
  WarmAutomaton warm(grammar->make_automaton(), table, {});
  const auto plain = grammar->make_automaton();
  std::vector<uint64_t> words(table->num_words());
  for (int walk = 0; walk < 20; ++walk) {
    StateId state = warm.start(), same = plain->start();
    std::string read;
    for (int length = 0; length < 6; ++length) {
      warm.refuel();
      warm.mask(state, words);
      ASSERT_FALSE(warm.is_exhausted());
      std::vector<size_t> alive;
      for (size_t id = 0; id < tokens.size(); ++id) {
        const bool expected = step_all(*plain, same, tokens[id]) != kDeadState;
        ASSERT_EQ(words[id / 64] >> id % 64 & 1, expected ? 1u : 0u)
            << testing::PrintToString(tokens[id]) << " behind " << read;
        if (expected) alive.push_back(id);
      }
      if (alive.empty()) break;
      const std::string& next = tokens[alive[random() % alive.size()]];
      read += next;
      state = warm.step(state, next);
      same = step_all(*plain, same, next);
    }
  }
}

TEST(QuoteWalk, FindsTheTokensThatSteppingFinds) {
  std::mt19937 random(5);
  for (int round = 0; round < 12; ++round) {
    const std::string text = document(random);
    const auto documents = QuoteDocuments::create({{"a", text}}, {}).value();
    QuoteOptions options;
    options.min_chars = 1 + random() % 6;
    if (round % 2 == 0) options.max_chars = 6 + random() % 9;
    options.boundary = round % 3 == 0 ? QuoteBoundary::kNone : QuoteBoundary::kWord;
    const GrammarPtr quote = compile_quote(documents->source({}, options).value());
    const std::vector<std::string> tokens = vocabulary(random, text);
    ASSERT_NO_FATAL_FAILURE(expect_masks_by_brute_force(quote, tokens, random)) << round;
    ASSERT_NO_FATAL_FAILURE(
        expect_masks_by_brute_force(std::make_shared<QuoteAndCommasGrammar>(quote), tokens, random))
        << round;
  }
}

TEST(QuoteWalk, EndsWithTheFuel) {
  const auto documents = QuoteDocuments::create({{"a", "one two three four five"}}, {}).value();
  const TokenTablePtr table = TokenTable::create({"one", "two", "five"}, {}).value();
  Limits limits;
  limits.mask_fuel = 1;
  WarmAutomaton warm(compile_quote(documents->source({}, {}).value())->make_automaton(), table, limits);
  std::vector<uint64_t> words(table->num_words());
  warm.refuel();
  warm.mask(warm.start(), words);
  EXPECT_TRUE(warm.is_exhausted());
}

}  // namespace
}  // namespace hearth::grammar
