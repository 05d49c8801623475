#include "grammar/rules/byte_dfa.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/rules/testing/texts.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

ByteDfa::State walk(const ByteDfa& dfa, std::string_view text) {
  ByteDfa::State state = ByteDfa::kStart;
  for (const char c : text) state = dfa.step(state, uint8_t(c));
  return state;
}

bool takes(const ByteDfa& dfa, std::string_view text) { return dfa.accepts(walk(dfa, text)); }

TEST(ByteDfa, TakesTheCodePointsOfASet) {
  const std::vector<CodePointSet> sets = {
      CodePointSet({{0x7F, 0x80}}), CodePointSet({{0x7FF, 0x800}, {0xFFFF, 0x10000}}),
      CodePointSet({{'"', '"'}, {'\\', '\\'}}).complement(),
      CodePointSet({{0xD000, 0xE123}, {0x3FFFF, 0x40041}}), CodePointSet::all()};
  for (const CodePointSet& set : sets) {
    const ByteDfa dfa = code_point_dfa(set);
    std::string text;
    size_t num_wrong = 0;
    for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
      if (c >= kFirstSurrogate && c <= kLastSurrogate) continue;
      text.clear();
      append_utf8(text, c);
      if (takes(dfa, text) != set.contains(c)) ++num_wrong;
    }
    EXPECT_EQ(num_wrong, 0u);
    for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
      EXPECT_EQ(walk(dfa, bad), ByteDfa::kDead);
    }
  }
}

TEST(ByteDfa, EveryStateLeadsSomewhere) {
  // All characters of the block are kept out one by one, so no byte may begin one.
  std::vector<std::string> excluded;
  for (char32_t c = 0x80; c <= 0xBF; ++c) append_utf8(excluded.emplace_back(), c);
  const auto dfa = free_text_dfa(excluded, {});
  ASSERT_TRUE(dfa.has_value());
  EXPECT_EQ(walk(*dfa, "\xC2"), ByteDfa::kDead);
  EXPECT_TRUE(takes(*dfa, "a\xC3\xA9"));
}

TEST(ByteDfa, TextEndsWithTheFirstMarker) {
  const std::string markers[] = {"aab", "\xE2\x82\xAC"}, excluded[] = {"ac"};
  const auto dfa = text_until_dfa(markers, excluded, {});
  ASSERT_TRUE(dfa.has_value());
  for (const char* text : {"aab", "aaab", "xa\xE2\x82\xAC", "ab\xE2\x82\xADzaab"})
    EXPECT_TRUE(takes(*dfa, text)) << text;
  for (const char* text : {"", "aa", "aabx", "acaab", "\xE2\x82"}) EXPECT_FALSE(takes(*dfa, text)) << text;
  EXPECT_FALSE(dfa->goes_on(walk(*dfa, "aab")));
}

TEST(ByteDfa, TakesOtherControlTokens) {
  const uint32_t excluded[] = {0x010203, 0x010204, 0x020000};
  const ByteDfa dfa = other_control_token_dfa(excluded);
  for (const TokenId id : {0, 0x010202, 0x010205, 0x010303, 0x020001, 0xFFFFFF})
    EXPECT_TRUE(takes(dfa, control_text(id)));
  for (const uint32_t id : excluded) EXPECT_EQ(walk(dfa, control_text(TokenId(id))), ByteDfa::kDead);
  EXPECT_FALSE(takes(dfa, "\xFF"));
}

}  // namespace
}  // namespace hearth::grammar
