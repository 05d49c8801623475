#include "text/split/split_regex.h"

#include <string>

#include <gtest/gtest.h>

namespace hearth {
namespace {

/// Where the match at the start of `text` ends; -1 for none.
int match_size(std::string_view pattern, std::string_view text) {
  const auto regex = SplitRegex::compile(pattern);
  EXPECT_TRUE(regex.has_value()) << pattern << ": " << (regex ? "" : regex.error().message);
  if (!regex) return -2;
  SplitRegex::Scratch scratch(1 << 20);
  const size_t end = regex->match(text, 0, scratch);
  EXPECT_GT(scratch.steps_left, 0u);
  return end == SplitRegex::kNoMatch ? -1 : int(end);
}

TEST(SplitRegex, Alternatives) {
  EXPECT_EQ(match_size("ab|abc", "abc"), 2);
  EXPECT_EQ(match_size("abc|ab", "abc"), 3);
  EXPECT_EQ(match_size("a(?:b|c|d)e", "ade"), 3);
  EXPECT_EQ(match_size("a(b|)c", "ac"), 2);
  EXPECT_EQ(match_size("x(?:a|b(?:c|d)|e)+y", "xabdey"), 6);
  EXPECT_EQ(match_size("(?:a|b)(?:c|d)", "bd"), 2);
}

TEST(SplitRegex, Quantifiers) {
  EXPECT_EQ(match_size("a*ab", "aaab"), 4);
  EXPECT_EQ(match_size("a*+ab", "aaab"), -1);
  EXPECT_EQ(match_size("a++b", "aaab"), 4);
  EXPECT_EQ(match_size("a+?", "aaa"), 1);
  EXPECT_EQ(match_size("a+?b", "aaab"), 4);
  EXPECT_EQ(match_size("a{2,3}", "aaaa"), 3);
  EXPECT_EQ(match_size("a{2}", "aaaa"), 2);
  EXPECT_EQ(match_size("a{3,}", "aa"), -1);
  EXPECT_EQ(match_size("(?:ab){2,3}a", "abababa"), 7);
  EXPECT_EQ(match_size("(?:ab)*?ac", "ababac"), 6);
  EXPECT_EQ(match_size("(?:ab)++ab", "abab"), -1);
  EXPECT_EQ(match_size("(?:ab?)+b", "abab"), 4);
  EXPECT_EQ(match_size("(?:a|ab)(?:c|bcd)", "abcd"), 4);
}

TEST(SplitRegex, Lookahead) {
  EXPECT_EQ(match_size("\\s+(?!\\S)", "   x"), 2);
  EXPECT_EQ(match_size("\\s+(?!\\S)", "   "), 3);
  EXPECT_EQ(match_size("\\s+(?!\\S)", " x"), -1);
  EXPECT_EQ(match_size("a(?=bc|d)", "abd"), -1);
  EXPECT_EQ(match_size("a(?=bc|d)", "ad"), 1);
  EXPECT_EQ(match_size("(?:(?!b)[a-c])+", "acba"), 2);
  EXPECT_EQ(match_size("\\s+$", "  "), 2);
  EXPECT_EQ(match_size("\\s+$", "  x"), -1);
}

TEST(SplitRegex, Classes) {
  EXPECT_EQ(match_size("[a-c\\-\\]x]+", "ab-]xd"), 5);
  EXPECT_EQ(match_size("[^a-c]+", "xyza"), 3);
  EXPECT_EQ(match_size("[]a]+", "]a"), 2);
  EXPECT_EQ(match_size("[a-]+", "a-b"), 2);
  EXPECT_EQ(match_size("\\p{Lu}\\p{Ll}+", "\u00c9t\u00e91"), 5);
  EXPECT_EQ(match_size("\\P{L}+", "12a"), 2);
  EXPECT_EQ(match_size("\\p{Han}+", "\u4e2d\u6587\u3042"), 6);
  EXPECT_EQ(match_size("[\\u4e00-\\u9fa5]+", "\u4e2da"), 3);
  EXPECT_EQ(match_size("\\U00010400", "\U00010400"), 4);
  EXPECT_EQ(match_size("\\w+\\W", "a_1\u00e9 "), 6);
  EXPECT_EQ(match_size(".+", "ab\nc"), 2);
}

TEST(SplitRegex, CaseIsIgnoredWhereAsked) {
  EXPECT_EQ(match_size("(?i:'s|'ll)", "'LL"), 3);
  EXPECT_EQ(match_size("(?i:'s)x", "'Sx"), 3);
  EXPECT_EQ(match_size("(?i:'s)x", "'SX"), -1);
  EXPECT_EQ(match_size("(?i:'s)", "'\u017f"), 3);
}

TEST(SplitRegex, BadBytesAreInComplementsOnly) {
  EXPECT_EQ(match_size("[^\\s\\p{L}\\p{N}]+", "\xff\x80\xc3x"), 3);
  EXPECT_EQ(match_size("\\S+", "\xe4\xb8"), 2);
  EXPECT_EQ(match_size("\\p{L}+", "a\xe4\xb8"), 1);
  // What a loop gives back are the steps it took.
  EXPECT_EQ(match_size("[^a]+\\u4e2d", "\xb8\xe4\xb8\xad"), 4);
  EXPECT_EQ(match_size("[^a]+[^a]$", "\xe4\xb8"), 2);
}

TEST(SplitRegex, RefusesWhatItDoesNotKnow) {
  for (const char* pattern : {"a(?<=b)", "(?<n>a)", "\\bword", "^a", "[a[b]]", "[a&&b]", "\\p{Greek}",
                              "\\x41", "(?:a*)*", "a*", "", "a|", "(?:a|b*)+c", "[\\Sa]"}) {
    const auto regex = SplitRegex::compile(pattern);
    ASSERT_FALSE(regex.has_value()) << pattern;
    EXPECT_TRUE(regex.error().message.find("offset") != std::string::npos) << regex.error().message;
  }
  for (const char* pattern :
       {"(a", "a)", "[a", "a{2", "a{3,2}", "*a", "\\", "\\u12", "\\p{L", "[b-a]", "a{99999}"}) {
    EXPECT_FALSE(SplitRegex::compile(pattern).has_value()) << pattern;
  }
}

TEST(SplitRegex, LimitsNestingAndSize) {
  EXPECT_FALSE(SplitRegex::compile(std::string(100000, '(')).has_value());
  EXPECT_FALSE(SplitRegex::compile("(?:(?:(?:ab){1000}){1000}){1000}").has_value());
}

TEST(SplitRegex, StopsWhereStepsRunOut) {
  const auto regex = SplitRegex::compile("(?:a+)+b");
  ASSERT_TRUE(regex.has_value());
  SplitRegex::Scratch scratch(100000);
  EXPECT_EQ(regex->match(std::string(100, 'a'), 0, scratch), SplitRegex::kNoMatch);
  EXPECT_EQ(scratch.steps_left, 0u);
}

TEST(SplitRegex, KnowsWhatAMatchStartsWith) {
  const auto regex = SplitRegex::compile("a?b|[0-9]+");
  ASSERT_TRUE(regex.has_value());
  for (int byte = 0; byte < 256; ++byte) {
    const bool starts = byte == 'a' || byte == 'b' || (byte >= '0' && byte <= '9') || byte >= 128;
    if (byte < 128) EXPECT_EQ(regex->may_start_with(uint8_t(byte)), starts) << byte;
  }
}

}  // namespace
}  // namespace hearth
