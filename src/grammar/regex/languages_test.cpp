#include "grammar/regex/languages.h"

#include <gtest/gtest.h>

#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

struct Case {
  const char* pattern;
  std::vector<std::string> taken, refused;
};

TEST(Languages, PatternsAreFoundAnywhere) {
  const Case cases[] = {
      {"^abc$", {"abc"}, {"", "ab", "abcd", "xabc", "abc\n"}},
      {"abc", {"abc", "xxabcxx"}, {"", "ab", "acb"}},
      {"^a|b$", {"a", "ax", "b", "xb"}, {"", "x", "bx", "xa"}},
      {"^(a|b)*c{2,3}$", {"cc", "abccc"}, {"c", "cccc", "abc"}},
      {"a$b", {}, {"", "ab", "a", "a$b"}},
      {"a^b", {}, {"", "ab", "a^b"}},
      {"^(?!foo)(?=.*\\d).{3,}$", {"ba1", "1oo"}, {"foo1", "bar", "a1"}},
      {"^(?!.*(\\.\\.|--))[a-z.-]+$", {"a.b-c"}, {"a..b", "a--b", ""}},
      {"\\bcat\\b", {"cat", "a cat!", "cat cats"}, {"cats", "scat", ""}},
      {"\\Bcat", {"scat"}, {"cat", "a cat"}},
      {"^\\w+(?<n>[\\w-.]+)?$", {"a", "a-.b"}, {"", "-"}},
      {"^x{,5}$", {"x{,5}"}, {"", "x", "xx"}},
      {"^a{$", {"a{"}, {"a"}},
      {"^[^a]$", {"b", "\xC3\xA9", "\xF0\x9F\x98\x80"}, {"a", "", "bb"}},
      {"^\\u{1F600}\\uD83D\\uDE00\\x41\\cJ$",
       {"\xF0\x9F\x98\x80\xF0\x9F\x98\x80"
        "A\n"},
       {"A\n"}},
      {"^[]$", {}, {"", "a"}},
      {"^[^]$", {"a", "\n"}, {""}},
      {"", {"", "a"}, {}},
      {"^(?s:.)(?m:^b$)", {"\nb", "\nb\nc"}, {"ab", "\nbc"}},
      {"(?:)*", {"", "x"}, {}},
      {"^(?:(?=a))*a$", {"a"}, {"", "b"}},
      {"^(?:a*)*$", {"", "aaa"}, {"b"}},
      {"^\\p{Lu}\\p{digit}\\P{L}$", {"A1-", "\xC3\x89\xE0\xA7\xA8-"}, {"a1-", "A1a"}},
  };
  for (const Case& c : cases) {
    const auto language = pattern_language(c.pattern, {});
    ASSERT_TRUE(language) << c.pattern << ": " << language.error().message;
    for (const std::string& text : c.taken)
      EXPECT_TRUE((*language)->matches(text)) << c.pattern << " " << text;
    for (const std::string& text : c.refused)
      EXPECT_FALSE((*language)->matches(text)) << c.pattern << " " << text;
  }
}

TEST(Languages, WhatIsNoExpressionIsRefused) {
  for (const char* pattern :
       {"^+[a-z]$", "^{2}x$", "(?<=x)*", "(",     ")",      "a)b",     "(a",  "[a",     "{3,1}",
        "a{3,1}",   "a**",    "a{2}{3}", "*a",    "+",      "?",       "a|*", "$*",     "\\b+",
        "\\",       "[\\",    "[b-a]",   "\\u12", "\\x1",   "\\c1",    "\\a", "\\Z",    "(?i)abc",
        "(?P<n>a)", "(?#x)",  "(?:",     "(?",    "(?<>a)", "(?<1>a)", "\\k", "(?-:a)", "(?ii:a)",
        "\\p",      "\\p{",   "[\\B]",   "\\01",  "\xFF"}) {
    const auto language = pattern_language(pattern, {});
    ASSERT_FALSE(language) << pattern;
    EXPECT_EQ(language.error().code, ErrorCode::kInvalidArgument)
        << pattern << ": " << language.error().message;
  }
  for (const char* pattern : {"(a)\\1", "(?<n>a)\\k<n>", "(?<=a)b", "(?<!a)b", "a++", "a{2}+", "(?>a)"}) {
    const auto language = pattern_language(pattern, {});
    ASSERT_FALSE(language) << pattern;
    EXPECT_EQ(language.error().code, ErrorCode::kUnsupported) << pattern << ": " << language.error().message;
  }
}

}  // namespace
}  // namespace hearth::grammar
