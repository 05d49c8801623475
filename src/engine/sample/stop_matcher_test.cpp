#include "engine/sample/stop_matcher.h"

#include <random>

#include <gtest/gtest.h>

namespace hearth {
namespace {

/// The law: stop at the first end of any stop string, before the longest that ends there.
std::string cut(const std::string& text, const std::vector<std::string>& stops) {
  for (size_t end = 1; end <= text.size(); ++end) {
    size_t longest = 0;
    for (const std::string& stop : stops) {
      if (!stop.empty() && text.substr(0, end).ends_with(stop)) longest = std::max(longest, stop.size());
    }
    if (longest > 0) return text.substr(0, end - longest);
  }
  return text;
}

std::string run(const std::vector<std::string>& pieces, const std::vector<std::string>& stops) {
  StopMatcher matcher(stops);
  std::string result;
  for (const std::string& piece : pieces) result += matcher.push(piece);
  return result + matcher.flush();
}

TEST(StopMatcher, EverySplitGivesTheSameText) {
  const std::vector<std::vector<std::string>> stop_sets = {
      {"STOP"}, {"\n\n"}, {"ab", "abc", "c"}, {"aab"}, {"b", "aba"}, {"User:", "\nUser:"}, {"zz", ""}, {}};
  const std::vector<std::string> texts = {"hello STOP there", "one\n\ntwo",  "xaabcab",      "aaaab",
                                          "abababab",         "a\nUser: hi", "nothing to z", "zzz"};
  for (const auto& stops : stop_sets) {
    for (const std::string& text : texts) {
      const std::string expected = cut(text, stops);
      for (size_t first = 0; first <= text.size(); ++first) {
        for (size_t second = first; second <= text.size(); ++second) {
          ASSERT_EQ(
              run({text.substr(0, first), text.substr(first, second - first), text.substr(second)}, stops),
              expected);
        }
      }
      std::vector<std::string> bytes;
      for (char byte : text) bytes.emplace_back(1, byte);
      ASSERT_EQ(run(bytes, stops), expected);
    }
  }
}

TEST(StopMatcher, RandomTextsFollowTheLaw) {
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    const auto word = [&](size_t longest) {
      std::string text(random() % (longest + 1), 'a');
      for (char& byte : text) byte = char('a' + random() % 3);
      return text;
    };
    const std::vector<std::string> stops = {word(4), word(5), word(6)};
    std::vector<std::string> pieces;
    std::string text;
    for (int i = 0; i < 6; ++i) text += pieces.emplace_back(word(5));
    ASSERT_EQ(run(pieces, stops), cut(text, stops));
  }
}

TEST(StopMatcher, HoldsBackOnlyWhatMayBeAStop) {
  StopMatcher matcher({"<end>"});
  EXPECT_EQ(matcher.push("text <"), "text ");
  EXPECT_EQ(matcher.push("en"), "");
  EXPECT_EQ(matcher.push("tity"), "<entity");
  EXPECT_EQ(matcher.push(" a<e"), " a");
  EXPECT_EQ(matcher.push("nd> more"), "");
  EXPECT_TRUE(matcher.stopped());
  EXPECT_EQ(matcher.stop(), "<end>");
  EXPECT_EQ(matcher.push("ignored"), "");
  EXPECT_EQ(matcher.flush(), "");
}

TEST(StopMatcher, HeldTextIsValidUtf8) {
  StopMatcher matcher({"\xE2\x82\xAC!"});  // EURO SIGN
  EXPECT_EQ(matcher.push("a\xE2\x82\xAC"), "a");
  EXPECT_EQ(matcher.push("\xE2\x82\xA9"), "\xE2\x82\xAC\xE2\x82\xA9");  // WON SIGN shares two bytes
}

}  // namespace
}  // namespace hearth
