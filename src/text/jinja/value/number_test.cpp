#include "text/jinja/value/number.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::jinja {
namespace {

TEST(JinjaNumber, WritesFloatsAsPythonDoes) {
  const std::pair<double, std::string> cases[] = {{0, "0.0"},
                                                  {-0.0, "-0.0"},
                                                  {1, "1.0"},
                                                  {0.1, "0.1"},
                                                  {1e15, "1000000000000000.0"},
                                                  {1e16, "1e+16"},
                                                  {12345678901234567.0, "1.2345678901234568e+16"},
                                                  {0.0001, "0.0001"},
                                                  {0.00001, "1e-05"},
                                                  {1.5e300, "1.5e+300"},
                                                  {5e-324, "5e-324"},
                                                  {123456.789, "123456.789"},
                                                  {-2.5, "-2.5"},
                                                  {std::numeric_limits<double>::infinity(), "inf"},
                                                  {std::nan(""), "nan"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(float_repr(value), text);
}

TEST(JinjaNumber, ReadsIntegersAsPythonDoes) {
  const std::tuple<std::string, int, int64_t> valid[] = {
      {"42", 10, 42},
      {" -7\n", 10, -7},
      {"+5", 10, 5},
      {"1_000", 10, 1000},
      {"0x1f", 16, 31},
      {"1F", 16, 31},
      {"0b11", 0, 3},
      {"0o17", 0, 15},
      {"0x_1f", 0, 31},
      {"00", 0, 0},
      {"z", 36, 35},
      {"\xd9\xa3", 10, 3},
      {"\xf0\x9d\x9f\x97", 10, 9}};  // Arabic 3, mathematical bold 9
  for (const auto& [text, base, value] : valid) {
    ASSERT_TRUE(parse_int(text, base).has_value()) << text;
    EXPECT_EQ(int64_t(*parse_int(text, base)), value) << text;
  }
  for (const char* text : {"", " ", "-", "4 2", "1__0", "_1", "1_", "0x", "1.0", "a", "--1", "\xff"}) {
    EXPECT_FALSE(parse_int(text, 10).has_value()) << text;
  }
  EXPECT_FALSE(parse_int("010", 0).has_value());
  bool too_large = false;
  EXPECT_FALSE(parse_int(std::string(200, '9'), 10, &too_large).has_value());
  EXPECT_TRUE(too_large);
}

TEST(JinjaNumber, ReadsFloatsAsPythonDoes) {
  const std::pair<std::string, double> valid[] = {{"1.5", 1.5},  {" 1e3 ", 1000},         {".5", 0.5},
                                                  {"5.", 5},     {"-1_0.5", -10.5},       {"1e400", HUGE_VAL},
                                                  {"1e-400", 0}, {"-Infinity", -HUGE_VAL}};
  for (const auto& [text, value] : valid) EXPECT_EQ(parse_float(text), value) << text;
  EXPECT_TRUE(std::isnan(*parse_float("NaN")));
  for (const char* text : {"", ".", "e5", "1e", "0x10", "1,5", "infinit", "1 2", "_1"}) {
    EXPECT_FALSE(parse_float(text).has_value()) << text;
  }
}

TEST(JinjaNumber, RoundsExactlyInDecimal) {
  EXPECT_EQ(round_to(2.675, 2), 2.67);
  EXPECT_EQ(round_to(2.5, 0), 2.0);
  EXPECT_EQ(round_to(3.5, 0), 4.0);
  EXPECT_EQ(round_to(1234.5, -2), 1200.0);
  EXPECT_EQ(round_to(1.5, 400), 1.5);
  EXPECT_EQ(round_to(1.5, -400), 0.0);
}

TEST(JinjaNumber, DividesDown) {
  EXPECT_EQ(int64_t(floor_div(Wide(-7), Wide(2))), -4);
  EXPECT_EQ(int64_t(floor_mod(Wide(-7), Wide(3))), 2);
  EXPECT_EQ(int64_t(floor_mod(Wide(7), Wide(-3))), -2);
  EXPECT_EQ(floor_div(-7.5, 2.0), -4.0);
  EXPECT_EQ(floor_mod(-7.5, 2.0), 0.5);
  EXPECT_EQ(floor_mod(7.5, -2.0), -0.5);
}

}  // namespace
}  // namespace hearth::jinja
