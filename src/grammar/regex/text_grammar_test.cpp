#include "grammar/regex/text_grammar.h"

#include <random>

#include <gtest/gtest.h>

#include "grammar/regex/languages.h"
#include "grammar/regex/text_automaton.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// The state behind the bytes, kDeadState where they die on the way.
StateId state_behind(Automaton& automaton, std::string_view bytes) {
  StateId state = automaton.start();
  for (size_t i = 0; i < bytes.size() && state != kDeadState; ++i)
    state = automaton.step(state, uint8_t(bytes[i]));
  return state;
}

bool accepts(Automaton& automaton, std::string_view bytes) {
  const StateId state = state_behind(automaton, bytes);
  return state != kDeadState && automaton.accepts(state);
}

TEST(TextGrammar, ReadsUtf8AsItsLanguageReadsCodePoints) {
  for (const char* pattern : {"[a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80]*", ".*", "[^a]{2}", "\\p{Lu}\\P{L}?",
                              "[\\u{800}-\\u{FFFF}]|[\\u{10FFF}-\\u{11001}]b", "\xED\x9F\xBF|\xEE\x80\x80"}) {
    const TextDfaPtr language = *regex_language(pattern, {});
    TextAutomaton automaton(language);
    std::mt19937 random(1);
    const std::string_view bytes(
        "ab\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0\x80\x90\xBF\xFF\xC0\xE0\x9F\xF4\xEE\xF5");
    for (int i = 0; i < 20'000; ++i) {
      std::string text;
      for (uint32_t n = random() % 6; n > 0; --n) text.push_back(bytes[random() % bytes.size()]);
      EXPECT_EQ(accepts(automaton, text), language->matches(text))
          << pattern << " " << testing::PrintToString(text);
    }
  }
}

TEST(TextGrammar, IsDeadInsideOfACodePointThatCannotEnd) {
  const GrammarPtr grammar = *compile_regex("\xE2\x82\xAC", {});
  const auto automaton = grammar->make_automaton();
  EXPECT_NE(state_behind(*automaton, "\xE2\x82"), kDeadState);
  EXPECT_EQ(state_behind(*automaton, "\xE2\x83"), kDeadState);
  EXPECT_EQ(state_behind(*automaton, "\xE3"), kDeadState);
  EXPECT_EQ(state_behind(*automaton, "\xFF"), kDeadState);
}

TEST(TextGrammar, TellsLeadBytesApartOnlyWhereItMust) {
  const GrammarPtr grammar = *compile_regex(".*", {});
  const auto automaton = grammar->make_automaton();
  EXPECT_EQ(state_behind(*automaton, "\xE3"), state_behind(*automaton, "\xE4"));
  EXPECT_NE(state_behind(*automaton, "\xE3"), state_behind(*automaton, "\xED"));
  EXPECT_NE(state_behind(*automaton, "\xE3"), state_behind(*automaton, "\xC3"));
}

/// What a Loop says, tried on all code points that it names, one by one.
void check_loop(Automaton& automaton, StateId state) {
  const Loop loop = automaton.loop(state);
  std::vector<std::string> code_points;
  for (char32_t c = 0; c < 128; ++c)
    if (loop.set.ascii[c]) code_points.emplace_back(1, char(c));
  if (loop.set.beyond_ascii)
    code_points.insert(code_points.end(), {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"});
  if (loop.set.beyond != nullptr) {
    for (const CodePointRange& range : loop.set.beyond->ranges()) {
      append_utf8(code_points.emplace_back(), range.first);
      append_utf8(code_points.emplace_back(), range.last);
    }
  }
  ASSERT_EQ(code_points.empty(), loop.count == 0);
  for (uint32_t i = 0; i <= std::min(loop.count, 50u) && loop.count > 0; ++i) {
    StateId common = UINT32_MAX;
    for (const std::string& code_point : code_points) {
      StateId next = state;
      for (const char byte : code_point)
        if (next != kDeadState) next = automaton.step(next, uint8_t(byte));
      if (common == UINT32_MAX || loop.leads_apart) common = next;
      EXPECT_EQ(next, common);
      EXPECT_TRUE(next != kDeadState || loop.count != Loop::kEndless);
    }
    if (loop.count == Loop::kEndless && !loop.leads_apart) EXPECT_EQ(common, state);
    if (loop.count != Loop::kEndless) EXPECT_EQ(common == kDeadState, i == loop.count);
    if (common == kDeadState) break;
    state = common;
  }
}

TEST(TextGrammar, SaysHowLongCodePointsGoOn) {
  const GrammarPtr grammar = *compile_regex("[a-z]{1,30}-(?:\\S{5}|[^-]{2})x*", {});
  const auto automaton = grammar->make_automaton();
  EXPECT_EQ(automaton->loop(automaton->start()).count, 30u);
  EXPECT_EQ(automaton->loop(state_behind(*automaton, "abcde")).count, 25u);
  EXPECT_EQ(automaton->loop(state_behind(*automaton, "a-bcdefx")).count, Loop::kEndless);
  for (const char* text : {"", "a", "abc", "a-", "a-b", "a-\xC3", "a-bc", "a-bcd", "a-bcdef", "a-bcx"})
    check_loop(*automaton, state_behind(*automaton, text));
  const auto words = (*compile_regex("(?:\\S+\\s){0,3}", {}))->make_automaton();
  for (const char* text : {"", "a", "a\xC2\xA0", "a b"}) check_loop(*words, state_behind(*words, text));
  EXPECT_NE(words->loop(state_behind(*words, "a")).set.beyond, nullptr);
  const auto anywhere = (*compile_regex("(?s:.)*[a-z]{4}(?s:.)*", {}))->make_automaton();
  for (const char* text : {"", "a", "abc", "abcd"}) {
    SCOPED_TRACE(text);
    check_loop(*anywhere, state_behind(*anywhere, text));
    EXPECT_EQ(anywhere->loop(state_behind(*anywhere, text)).leads_apart, std::string_view(text) != "abcd");
  }
  const auto dots = (*compile_regex("(?s:.){7}", {}))->make_automaton();
  EXPECT_EQ(dots->loop(dots->start()).count, 7u);
  EXPECT_TRUE(dots->loop(dots->start()).set.beyond_ascii);
}

TEST(TextGrammar, ForgetsStatesButThoseNamed) {
  const auto automaton = (*compile_regex("[\xC3\xA9\xE2\x82\xAC]{3}", {}))->make_automaton();
  StateId states[] = {state_behind(*automaton, "\xC3\xA9\xE2\x82"), state_behind(*automaton, "\xC3\xA9")};
  state_behind(*automaton, "\xE2\x82");
  const StateId between = states[1];
  automaton->keep_only(states);
  EXPECT_EQ(states[1], between);
  EXPECT_EQ(automaton->step(states[0], 0xAC), state_behind(*automaton, "\xE2\x82\xAC\xC3\xA9"));
}

TEST(TextGrammar, ChoicesAreTakenAndNothingElse) {
  const std::vector<std::string> texts{"red", "green", "grey", "", "\xC3\xA9t\xC3\xA9", "red"};
  const auto automaton = (*compile_choice(texts, {}))->make_automaton();
  for (const std::string& text : texts) EXPECT_TRUE(accepts(*automaton, text)) << text;
  for (const char* text : {"re", "gre", "greeny", "grEy", "\xC3\xA9"})
    EXPECT_FALSE(accepts(*automaton, text)) << text;
  EXPECT_EQ(compile_choice({}, {}).error().code, ErrorCode::kInvalidArgument);
  const std::string broken[] = {"a", "\xC3"};
  EXPECT_EQ(compile_choice(broken, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(compile_regex("a^b", {}).error().code, ErrorCode::kInvalidArgument);
}

TEST(TextGrammar, ManyChoicesMakeASmallAutomaton) {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < 200'000; ++i) {
    std::string text;
    for (uint32_t rest = i; rest > 0; rest /= 26) text.push_back(char('a' + rest % 26));
    texts.push_back(std::move(text));
  }
  const TextDfaPtr language = *literals_language(texts, {});
  for (size_t i = 0; i < texts.size(); i += 997) EXPECT_TRUE(language->matches(texts[i]));
  EXPECT_FALSE(language->matches("zzzzz"));
  EXPECT_LT(language->num_states(), 100u);
}

}  // namespace
}  // namespace hearth::grammar
