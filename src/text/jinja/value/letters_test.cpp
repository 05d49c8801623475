#include "text/jinja/value/letters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/unicode/utf8.h"

namespace hearth::jinja {
namespace {

std::string changed(uint32_t point, CaseChange change) {
  std::string out;
  append_case(out, point, change);
  return out;
}

/// The 64-bit FNV-1a hash of every code point in another case.
uint64_t hash_of_all(CaseChange change) {
  uint64_t value = 0xcbf29ce484222325;
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point < 0xe000) continue;
    for (const char c : changed(point, change)) value = (value ^ uint8_t(c)) * 0x100000001b3;
  }
  return value;
}

// What Python 3.11 (Unicode 14) makes of "".join(chr(i).lower() for i in ...), and so on.
TEST(JinjaLetters, ChangeCaseAsPythonDoesEverywhere) {
  EXPECT_EQ(hash_of_all(CaseChange::kLower), 0xc319d02e8283b91eu);
  EXPECT_EQ(hash_of_all(CaseChange::kUpper), 0xf1a6102c65729830u);
  EXPECT_EQ(hash_of_all(CaseChange::kTitle), 0x5553b8be0b3cbf35u);
  EXPECT_EQ(hash_of_all(CaseChange::kFold), 0x5fd6a1292f7b8d6cu);
}

TEST(JinjaLetters, ClassesOfLetters) {
  EXPECT_TRUE(is_space(0x1c));
  EXPECT_TRUE(is_space(0xa0));
  EXPECT_TRUE(is_space(0x3000));
  EXPECT_FALSE(is_space(0x200b));
  EXPECT_TRUE(is_alpha(0xe9));
  EXPECT_TRUE(is_alpha(0x4f60));
  EXPECT_FALSE(is_alpha('_'));
  EXPECT_TRUE(is_digit(0xb2));
  EXPECT_FALSE(is_decimal(0xb2));
  EXPECT_TRUE(is_numeric(0x4e00));
  EXPECT_TRUE(is_lower(0xaa));
  EXPECT_FALSE(is_lower('A'));
  EXPECT_TRUE(is_upper(0x391));
  EXPECT_TRUE(is_title(0x1c5));
  EXPECT_FALSE(is_printable(0xad));
  EXPECT_FALSE(is_printable(0x2028));
  for (const auto test :
       {is_space, is_alpha, is_decimal, is_digit, is_numeric, is_lower, is_upper, is_title}) {
    EXPECT_FALSE(test(Utf8Step::kBadByte));
  }
}

TEST(JinjaLetters, DecimalValues) {
  EXPECT_EQ(decimal_value('7'), 7);
  EXPECT_EQ(decimal_value(0x663), 3);
  for (uint32_t i = 0; i < 50; ++i) EXPECT_EQ(decimal_value(0x1d7ce + i), int(i % 10));
}

TEST(JinjaLetters, SigmaAtTheEndOfAWord) {
  const std::string sigma = "\xce\xa3", small = "\xcf\x83", last = "\xcf\x82";
  const auto lower_at = [&](const std::string& before, const std::string& after) {
    return lower_sigma(before + sigma + after, before.size());
  };
  EXPECT_EQ(lower_at("", ""), small);
  EXPECT_EQ(lower_at("A", ""), last);
  EXPECT_EQ(lower_at("A", "B"), small);
  EXPECT_EQ(lower_at("A", "'B"), small);
  EXPECT_EQ(lower_at("A'", " B"), last);
  EXPECT_EQ(lower_at(" ", ""), small);
  EXPECT_EQ(lower_at("\xff", ""), small);
}

}  // namespace
}  // namespace hearth::jinja
