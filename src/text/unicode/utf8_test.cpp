#include "text/unicode/utf8.h"

#include <random>

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Utf8, EveryScalarValueSurvivesARoundTrip) {
  for (uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code_point);
    const Utf8Step step = next_utf8(text + "x");
    ASSERT_EQ(step.code_point, code_point);
    ASSERT_EQ(step.size, text.size());
    ASSERT_EQ(sanitize_utf8(text), text);
  }
}

TEST(Utf8, RefusesWhatIsNoCodePoint) {
  for (const std::string_view bytes :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe4\xb8", "\xf0\x9f\x98", "\xc3x"}) {
    const Utf8Step step = next_utf8(bytes);
    EXPECT_EQ(step.code_point, Utf8Step::kBadByte);
    EXPECT_EQ(step.size, 1u);
  }
}

TEST(Utf8, OneReplacementForEachMaximalSubpart) {
  const std::string r = "\ufffd";
  EXPECT_EQ(sanitize_utf8("\xf1\x80\x80"
                          "A"),
            r + "A");
  EXPECT_EQ(sanitize_utf8("\xe1\x80"
                          "A\xe2\xf0\x91\x92\xf1\xbf"
                          "B"),
            r + "A" + r + r + r + "B");
  EXPECT_EQ(sanitize_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82"
                          "A"),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(sanitize_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf"
                          "A"),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(sanitize_utf8("a\xf0\x9f\x98"), "a" + r);
  EXPECT_EQ(sanitize_utf8(""), "");
}

TEST(Utf8, PrefixKeepsTheStartOfACodePoint) {
  std::string out;
  EXPECT_EQ(sanitize_utf8_prefix("ab\xf0\x9f\x98", out), 2u);
  EXPECT_EQ(out, "ab");
  out.clear();
  EXPECT_EQ(sanitize_utf8_prefix("\xf0\x9f\xff", out), 3u);
  EXPECT_EQ(out, "\ufffd\ufffd");
}

TEST(Utf8, SanitizedInPartsOrWholeIsTheSame) {
  std::mt19937 random(1);
  const std::string_view bytes = "a\x80\xbf\xc2\xe0\xa0\xed\x9f\xf0\x90\xf4\x8f\xff";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned i = random() % 12; i > 0; --i) text += bytes[random() % bytes.size()];
    std::string out, pending;
    for (const char byte : text) {
      pending += byte;
      pending.erase(0, sanitize_utf8_prefix(pending, out));
      ASSERT_LE(pending.size(), 3u);
    }
    ASSERT_EQ(out + sanitize_utf8(pending), sanitize_utf8(text));
  }
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(count_code_points(""), 0u);
  EXPECT_EQ(count_code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 4u);
}

}  // namespace
}  // namespace hearth
