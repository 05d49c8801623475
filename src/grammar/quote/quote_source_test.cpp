#include "grammar/quote/quote_source.h"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "grammar/quote/quote_language.h"
#include "grammar/quote/testing/quote_oracle.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

Result<std::shared_ptr<const QuoteSource>> make_source(const std::vector<QuoteDocument>& documents,
                                                       const QuoteOptions& options,
                                                       const Limits& limits = {}) {
  std::vector<const QuoteDocument*> pointers;
  for (const QuoteDocument& document : documents) pointers.push_back(&document);
  return QuoteSource::create(pointers, options, limits);
}

std::string random_text(std::mt19937& random, std::u32string_view alphabet, size_t max_size) {
  std::string text;
  const size_t size = random() % (max_size + 1);
  for (size_t i = 0; i < size; ++i) append_utf8(text, alphabet[random() % alphabet.size()]);
  return text;
}

struct Alphabet {
  std::u32string_view letters;
  size_t max_size;
};
constexpr Alphabet kAlphabets[] = {
    {U"ab", 24},
    {U"ab \n", 20},
    {U"a1.,' \u2019:_-", 16},
    {U"ab\u0301\u00e9 \u2003\t", 16},
    {U"a\u4e16\u754c\u0e01 \U0001f600\U0001f3fd\u200c", 12},
    {U"ab", 200},
};
constexpr std::u32string_view kAllLetters =
    U"ab \n1.,'\u2019:_-\u0301\u00e9\u2003\t\u4e16\u754c\u0e01\U0001f600\U0001f3fd\u200c";

/// Walks every beginning of a quote, and one byte off each: alive and accepted must be what the oracle says.
void expect_same_bytes(const GrammarPtr& grammar, const QuoteOracle& oracle) {
  const auto automaton = grammar->make_automaton();
  const std::function<void(const std::string&, StateId)> walk = [&](const std::string& text, StateId state) {
    ASSERT_EQ(automaton->accepts(state), oracle.quotes().contains(text)) << text;
    for (int byte = 0; byte < 256; ++byte) {
      const StateId next = automaton->step(state, uint8_t(byte));
      const std::string longer = text + char(byte);
      ASSERT_EQ(next != kDeadState, oracle.beginnings().contains(longer)) << longer << " " << byte;
      if (next != kDeadState) walk(longer, next);
    }
  };
  walk("", automaton->start());
}

/// Spans of code points are asked for by what has been read of their UTF-8.
void expect_same_spans(TextLanguage& language, StateId state, const std::string& text,
                       const QuoteOracle& oracle) {
  struct Span {
    char32_t first, last;
  };
  static constexpr Span kSpans[] = {{0, 0x10ffff}, {'a', 'a'},         {'b', 0xe0},         {0xe9, 0xe9},
                                    {0x80, 0x7ff}, {0x2000, 0x2fff},   {0x4e00, 0x4e3f},    {0x754d, 0x7fff},
                                    {0, 0x1f},     {0x10000, 0x3ffff}, {0x1f601, 0x1f5fff}, {0x2019, 0x2019}};
  for (const auto& [first, last] : kSpans) {
    const bool expected = std::ranges::any_of(kAllLetters, [&](char32_t letter) {
      std::string longer = text;
      append_utf8(longer, letter);
      return letter >= first && letter <= last && oracle.beginnings().contains(longer);
    });
    const auto any = [](char32_t) { return true; };
    ASSERT_EQ(language.visit_steps(state, first, last, any), expected) << text << " " << uint32_t(first);
    const auto none = [&](char32_t letter) { return letter < first || letter > last; };
    ASSERT_EQ(language.visit_steps(state, first, last, none), false) << text << " " << uint32_t(first);
  }
}

void expect_same_lengths(TextLanguage& language, StateId state, const std::string& text,
                         const QuoteOracle& oracle) {
  const size_t chars = count_code_points(text);
  for (const auto& [least, most] : {std::pair<size_t, size_t>{0, 0}, {0, 2}, {1, 1}, {3, 5}, {2, 1000}}) {
    const bool expected = std::ranges::any_of(oracle.quotes(), [&](const auto& quote) {
      const size_t length = count_code_points(quote.first);
      return quote.first.starts_with(text) && length >= chars + least && length <= chars + most;
    });
    ASSERT_EQ(language.may_end_within(state, least, most), expected) << text << " " << least << " " << most;
  }
}

/// The same code point by code point.
void expect_same_texts(const std::shared_ptr<const QuoteSource>& source, const QuoteOracle& oracle) {
  const auto language = QuoteLanguageMaker(source).make();
  for (const std::string& text : oracle.beginnings()) {
    StateId state = language->start();
    std::string_view rest = text;
    bool whole = true;
    while (whole && !rest.empty()) {
      const Utf8Step step = next_utf8(rest);
      whole = step.code_point != Utf8Step::kBadByte;
      if (!whole) break;
      state = language->step(state, char32_t(step.code_point));
      ASSERT_NE(state, kDeadState) << text;
      rest.remove_prefix(step.size);
    }
    if (!whole) continue;
    ASSERT_EQ(language->accepts(state), oracle.quotes().contains(text)) << text;
    ASSERT_NO_FATAL_FAILURE(expect_same_spans(*language, state, text, oracle));
    if (oracle.quotes().size() < 60) {
      ASSERT_NO_FATAL_FAILURE(expect_same_lengths(*language, state, text, oracle));
    }
    for (const char32_t other : U"a \u00e9\u4e16\U0001f600\U0010ffff") {
      std::string longer = text;
      append_utf8(longer, other);
      ASSERT_EQ(language->step(state, other) != kDeadState, oracle.beginnings().contains(longer)) << longer;
    }
  }
}

void expect_same_places(const QuoteSource& source, const QuoteOracle& oracle) {
  for (const auto& [quote, places] : oracle.quotes()) {
    const QuotePlaces found = source.places(quote, SIZE_MAX);
    ASSERT_EQ(found.places, places) << quote;
    ASSERT_EQ(found.total, places.size());
    ASSERT_EQ(source.places(quote, 1).places.size(), std::min<size_t>(1, places.size()));
    ASSERT_EQ(source.places(quote, 1).total, places.size());
  }
  for (const std::string& text : oracle.beginnings()) {
    if (!oracle.quotes().contains(text)) ASSERT_EQ(source.places(text, SIZE_MAX).total, 0u) << text;
  }
}

TEST(QuoteSource, TakesWhatBruteForceFinds) {
  std::mt19937 random(18);
  size_t refused = 0, tried = 0;
  for (int round = 0; round < 250; ++round) {
    const Alphabet& alphabet = kAlphabets[random() % std::size(kAlphabets)];
    std::vector<QuoteDocument> documents;
    for (size_t i = 0; i <= random() % 3; ++i) {
      documents.push_back(
          {std::string("d") + char('0' + i), random_text(random, alphabet.letters, alphabet.max_size)});
    }
    QuoteOptions options;
    options.min_chars = random() % 4;
    if (alphabet.max_size > 50 || random() % 2 == 0) options.max_chars = 3 + random() % 6;
    options.boundary = random() % 2 == 0 ? QuoteBoundary::kWord : QuoteBoundary::kNone;
    options.fold_whitespace = random() % 2 == 0;
    const QuoteOracle oracle(documents, options);
    const auto source = make_source(documents, options);
    ++tried;
    ASSERT_EQ(source.has_value(), !oracle.quotes().empty());
    if (!source) {
      ++refused;
      continue;
    }
    std::string all = std::to_string(options.min_chars) + " " + std::to_string(options.max_chars) +
                      (options.boundary == QuoteBoundary::kWord ? " word" : " none") +
                      (options.fold_whitespace ? " fold" : "");
    for (const QuoteDocument& document : documents) all += " [" + document.text + "]";
    SCOPED_TRACE(all);
    ASSERT_NO_FATAL_FAILURE(expect_same_bytes(compile_quote(*source), oracle)) << round;
    ASSERT_NO_FATAL_FAILURE(expect_same_texts(*source, oracle)) << round;
    ASSERT_NO_FATAL_FAILURE(expect_same_places(**source, oracle)) << round;
  }
  EXPECT_LT(refused, tried / 2);
}

/// A megabyte of sentences of made-up words, the common ones often.
std::string long_text(size_t size) {
  std::mt19937 random(7);
  std::vector<std::string> words;
  for (int i = 0; i < 20'000; ++i) {
    std::string word;
    for (size_t j = 0; j < 2 + random() % 9; ++j) word += char('a' + random() % 26);
    if (i % 50 == 0) word += "\u00e9\u4e16";
    words.push_back(word);
  }
  std::string text;
  while (text.size() < size) {
    const double share = double(random()) / double(std::mt19937::max());
    text += words[size_t(share * share * share * share * double(words.size() - 1))];
    text += random() % 12 == 0 ? ". " : random() % 40 == 0 ? "\n\n" : " ";
  }
  return text;
}

TEST(QuoteSource, RandomWalksThroughAMegabyteAreVerbatimAndPlaced) {
  const std::vector<QuoteDocument> documents = {{"a", long_text(1'000'000)}, {"b", "another one"}};
  QuoteOptions options{.min_chars = 3, .max_chars = 60, .boundary = QuoteBoundary::kWord};
  const auto source = make_source(documents, options).value();
  const auto automaton = compile_quote(source)->make_automaton();
  std::mt19937 random(9);
  for (int walk = 0; walk < 10'000; ++walk) {
    std::string text;
    StateId state = automaton->start();
    while (!automaton->accepts(state) || random() % 3 != 0) {
      std::vector<std::pair<uint8_t, StateId>> choices;
      for (int byte = 0; byte < 255; ++byte) {
        const StateId next = automaton->step(state, uint8_t(byte));
        if (next != kDeadState) choices.emplace_back(uint8_t(byte), next);
      }
      if (choices.empty()) break;
      const auto& [byte, next] = choices[random() % choices.size()];
      text += char(byte);
      state = next;
    }
    ASSERT_TRUE(automaton->accepts(state)) << text;
    const QuotePlaces found = source->places(text, 5);
    ASSERT_GT(found.total, 0u) << text;
    for (const QuotePlace& place : found.places) {
      const std::string& document = documents[place.document == "a" ? 0 : 1].text;
      ASSERT_EQ(document.substr(place.byte_begin, place.byte_end - place.byte_begin), text);
      ASSERT_EQ(count_code_points(std::string_view(document).substr(0, place.byte_begin)), place.char_begin);
      ASSERT_EQ(place.char_end - place.char_begin, count_code_points(text));
    }
    if (walk % 1000 == 0) {
      std::vector<StateId> kept = {state};
      automaton->keep_only(kept);
      ASSERT_TRUE(automaton->accepts(kept[0]));
    }
  }
}

TEST(QuoteSource, KeptStatesGoOnAsBefore) {
  const auto source = make_source({{"a", "one two three one two four"}}, {}).value();
  const auto automaton = compile_quote(source)->make_automaton();
  const auto read = [&](StateId state, std::string_view text) {
    for (const char byte : text) state = state == kDeadState ? state : automaton->step(state, uint8_t(byte));
    return state;
  };
  std::vector<StateId> states = {read(automaton->start(), "one t"), read(automaton->start(), "four"),
                                 automaton->start()};
  const size_t size_before = automaton->memory_size();
  automaton->keep_only(states);
  EXPECT_LE(automaton->memory_size(), size_before);
  EXPECT_NE(read(states[0], "wo four"), kDeadState);
  EXPECT_EQ(read(states[0], "hree"), kDeadState);
  EXPECT_TRUE(automaton->accepts(states[1]));
  EXPECT_EQ(automaton->step(states[1], ' '), kDeadState);
  EXPECT_NE(read(states[2], "three one"), kDeadState);
}

TEST(QuoteSource, FoldedWhiteSpaceIsPlacedWhereItStands) {
  const auto source =
      make_source({{"a", "one \n\n two\u2003\u2003three"}}, {.fold_whitespace = true}).value();
  EXPECT_EQ(source->places("one two t", 9).places, (std::vector<QuotePlace>{{"a", 0, 17, 0, 13}}));
  EXPECT_EQ(source->places("two ", 9).places, (std::vector<QuotePlace>{{"a", 7, 16, 7, 12}}));
  EXPECT_EQ(source->places("one\ttwo", 9).total, 1u);
}

TEST(QuoteSource, LongRunsOfOneByteCostNoMoreThanOtherText) {
  for (const QuoteBoundary boundary : {QuoteBoundary::kNone, QuoteBoundary::kWord}) {
    const QuoteOptions options{.max_chars = boundary == QuoteBoundary::kNone ? uint64_t(100) : UINT64_MAX,
                               .boundary = boundary};
    const auto source = make_source({{"a", std::string(1'000'000, 'a')}}, options).value();
    const auto automaton = compile_quote(source)->make_automaton();
    automaton->fuel().left = 10'000;
    StateId state = automaton->start();
    for (int i = 0; i < 100; ++i) {
      state = automaton->step(state, 'a');
      ASSERT_NE(state, kDeadState);
      ASSERT_EQ(automaton->accepts(state), boundary == QuoteBoundary::kNone);
    }
    ASSERT_EQ(automaton->step(state, 'a') != kDeadState, boundary == QuoteBoundary::kWord);
    EXPECT_FALSE(automaton->fuel().exhausted);
    EXPECT_EQ(source->places("aa", 3).total, boundary == QuoteBoundary::kNone ? 999'999u : 0u);
  }
}

TEST(QuoteSource, WithoutFuelNothingIsAlive) {
  const auto source = make_source({{"a", "one two three"}}, {}).value();
  const auto automaton = compile_quote(source)->make_automaton();
  automaton->fuel().left = 2;
  EXPECT_EQ(automaton->step(automaton->start(), 'o'), kDeadState);
  EXPECT_TRUE(automaton->fuel().exhausted);
}

TEST(QuoteSource, RefusesWhatCannotBeQuotedFrom) {
  const auto code_of = [](const auto& result) { return result ? ErrorCode::kInternal : result.error().code; };
  const std::vector<QuoteDocument> good = {{"a", "some text"}};
  EXPECT_EQ(code_of(make_source(good, {.min_chars = 3, .max_chars = 2})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(make_source(good, {.min_chars = 0, .max_chars = 0})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(make_source(good, {.min_chars = 10})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(make_source({}, {})), ErrorCode::kInvalidArgument);
  const auto broken = make_source({{"b", "abc\xff"}}, {});
  ASSERT_EQ(code_of(broken), ErrorCode::kInvalidArgument);
  EXPECT_EQ(broken.error().message, "document b is not UTF-8 at byte 3");
  EXPECT_EQ(code_of(make_source(good, {}, {.max_documents_size = 9})), ErrorCode::kResourceLimit);
  EXPECT_TRUE(make_source(good, {}, {.max_documents_size = 11}).has_value());
  EXPECT_EQ(code_of(make_source({{"c", std::string(65 << 20, 'x')}}, {})), ErrorCode::kResourceLimit);
}

TEST(QuoteSource, MemoryIsAFewBytesForEachOfTheText) {
  const std::string text = long_text(200'000);
  const auto words = make_source({{"a", text}}, {.boundary = QuoteBoundary::kWord}).value();
  const auto all = make_source({{"a", text}}, {.max_chars = 400}).value();
  EXPECT_LT(words->memory_size(), text.size() * 4);
  EXPECT_LT(all->memory_size(), text.size() * 15);
}

}  // namespace
}  // namespace hearth::grammar
