#include <gtest/gtest.h>

#include "grammar/regex/languages.h"
#include "grammar/regex/text_grammar.h"

namespace hearth::grammar {
namespace {

std::string repeated(std::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

/// What a stranger may send to make an engine crash, hang or run out of memory. Each ends within its fuel: as
/// a language, or as an error that says what was too much.
TEST(HostilePatterns, EndWithinTheirLimits) {
  const std::pair<std::string, std::optional<ErrorCode>> cases[] = {
      {repeated("(", 60'000), ErrorCode::kResourceLimit},
      {repeated("(", 60'000) + "a" + repeated(")", 60'000), ErrorCode::kResourceLimit},
      {repeated("(?=", 300) + repeated(")", 300), ErrorCode::kResourceLimit},
      {repeated("[", 60'000), ErrorCode::kInvalidArgument},
      {repeated("a|", 200'000), std::nullopt},
      {repeated("(a*)*", 5'000), std::nullopt},
      {repeated("(", 200) + "a*" + repeated(")*", 200), std::nullopt},
      {"(a|b)*a(a|b){20}", ErrorCode::kResourceLimit},
      {"^(a|b)*a(a|b){20}$", ErrorCode::kResourceLimit},
      {"^.{1,10000}$", std::nullopt},
      {"^(.{1,10000}){1,10000}$", ErrorCode::kResourceLimit},
      {"^(.{1,100}){1,100}x$", ErrorCode::kResourceLimit},
      {"^((((a{0,99}){0,99}){0,99}){0,99}){0,99}$", ErrorCode::kResourceLimit},
      {"^((((){1000000}){1000000}){1000000}){1000000}$", std::nullopt},
      {"^(?:a{1000000000}){1000000000}$", ErrorCode::kResourceLimit},
      {"a{1000000000000000000000}", ErrorCode::kResourceLimit},
      {"(a+)+b", std::nullopt},
      {"^(?:" + repeated("(?!a*b)", 2000) + ")$", std::nullopt},
      {"^(?:(?=.*a{0,50}b)(?=.*b{0,50}c)(?=.*c{0,50}d)(?=.*d{0,50}e)(?=.*e{0,50}f))", std::nullopt},
      {"^(?:(?=(?:a|b)*a(?:a|b){9}$)(?=(?:a|b)*b(?:a|b){8}$)|(?:a|b)*)*$", std::nullopt},
      {"^" + repeated("a?", 3'000) + repeated("a", 3'000) + "$", ErrorCode::kResourceLimit},
      {"^" + repeated("(\\p{L}|\\p{Lu}|[^\\p{N}])", 300) + "$", std::nullopt},
      {"^" + repeated("a", 100'000) + "$", ErrorCode::kResourceLimit},
      {repeated("\\p{L}", 100'000), ErrorCode::kResourceLimit},
      {"(?i:" + repeated("\xC3\x89", 50'000) + ")", ErrorCode::kResourceLimit},
  };
  for (const auto& [pattern, expected] : cases) {
    const auto language = pattern_language(pattern, {});
    const std::string name = pattern.substr(0, 60);
    EXPECT_EQ(language.has_value(), !expected) << name << (language ? "" : language.error().message);
    if (!language && expected)
      EXPECT_EQ(language.error().code, *expected) << name << language.error().message;
    if (!language) EXPECT_LT(language.error().message.size(), 400u);
  }
}

TEST(HostilePatterns, AreRefusedWhereTheyAreTooLong) {
  Limits limits;
  limits.max_source_size = 1000;
  EXPECT_EQ(pattern_language(repeated("a", 1001), limits).error().code, ErrorCode::kResourceLimit);
  const std::vector<std::string> texts{repeated("a", 1001)};
  EXPECT_EQ(literals_language(texts, limits).error().code, ErrorCode::kResourceLimit);
}

TEST(HostilePatterns, ErrorsSayWhatAndWhere) {
  EXPECT_EQ(pattern_language("\xC3\xA9(a", {}).error().message,
            "regular expression \"\xC3\xA9(a\", offset 1: this ( is never closed");
  EXPECT_EQ(pattern_language("a(?<=b)", {}).error().message,
            "regular expression \"a(?<=b)\", offset 1: lookbehind is not supported");
  EXPECT_EQ(pattern_language("^(a|b)*a(a|b){20}$", {}).error().message,
            "regular expression \"^(a|b)*a(a|b){20}$\": its automaton has more than 20000 states");
}

}  // namespace
}  // namespace hearth::grammar
