#include "grammar/regex/number_language.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace hearth::grammar {
namespace {

StateId state_behind(const NumberLanguage& language, std::string_view text) {
  StateId state = language.start();
  for (size_t i = 0; i < text.size() && state != kDeadState; ++i)
    state = language.step(state, uint8_t(text[i]));
  return state;
}

bool accepts(const NumberLanguage& language, std::string_view text) {
  const StateId state = state_behind(language, text);
  return state != kDeadState && language.accepts(state);
}

TEST(NumberLanguage, TakesWhatItsBoundsSay) {
  const auto language =
      NumberLanguage::create({.minimum = "-1.5", .exclusive_maximum = "1e2", .multiple_of = "0.5"}, {});
  ASSERT_TRUE(language) << language.error().message;
  for (const char* text : {"-1.5", "-1.50", "0", "-0", "99.5", "99.500", "7.0", "12"})
    EXPECT_TRUE(accepts(*language, text)) << text;
  for (const char* text :
       {"-2", "-1.6", "100", "99.6", "0.25", "", "-", "1.", "01", "1e1", "+1", ".5", "1.0.0"})
    EXPECT_FALSE(accepts(*language, text)) << text;
}

TEST(NumberLanguage, EqualityIsOfValues) {
  const auto one = *NumberLanguage::equal_to("1.0", {});
  for (const char* text : {"1", "1.0", "1.000"}) EXPECT_TRUE(accepts(one, text)) << text;
  for (const char* text : {"-1", "10", "1.01", "0"}) EXPECT_FALSE(accepts(one, text)) << text;
  const auto zero = *NumberLanguage::equal_to("-0.00e7", {});
  for (const char* text : {"0", "-0", "0.0", "-0.0"}) EXPECT_TRUE(accepts(zero, text)) << text;
  const auto large = *NumberLanguage::equal_to("-12.5e20", {});
  EXPECT_TRUE(accepts(large, "-1250000000000000000000"));
  EXPECT_FALSE(accepts(large, "-125000000000000000000"));
}

TEST(NumberLanguage, IsExactBeyondFloats) {
  const auto language = *NumberLanguage::create(
      {.minimum = "9007199254740993", .exclusive_maximum = "9007199254740993.00000000000000000001"}, {});
  EXPECT_TRUE(accepts(language, "9007199254740993"));
  EXPECT_FALSE(accepts(language, "9007199254740992"));
  EXPECT_TRUE(accepts(language, "9007199254740993.000000000000000000009"));
  EXPECT_FALSE(accepts(language, "9007199254740993.00000000000000000001"));
  const auto millions = *NumberLanguage::create({.multiple_of = "1e6"}, {});
  EXPECT_TRUE(accepts(millions, "123000000.0"));
  EXPECT_FALSE(accepts(millions, "123000100"));
  EXPECT_LT(millions.num_states(), 20u);
  const auto cents = *NumberLanguage::create({.minimum = "0", .multiple_of = "0.01"}, {});
  EXPECT_TRUE(accepts(cents, "19.99"));
  EXPECT_TRUE(accepts(cents, "19.9900"));
  EXPECT_FALSE(accepts(cents, "19.995"));
}

TEST(NumberLanguage, IsEmptyWhereBoundsMeetNothing) {
  for (const NumberBounds& bounds :
       {NumberBounds{.minimum = "2", .maximum = "1"}, NumberBounds{.minimum = "1", .exclusive_maximum = "1"},
        NumberBounds{.integer = true, .exclusive_minimum = "1", .exclusive_maximum = "2"},
        NumberBounds{.minimum = "1", .maximum = "6", .multiple_of = "7"}})
    EXPECT_TRUE(NumberLanguage::create(bounds, {})->empty());
}

TEST(NumberLanguage, RefusesWhatIsNoNumberOrTooLarge) {
  const auto code_of = [](const NumberBounds& bounds) {
    return NumberLanguage::create(bounds, {}).error().code;
  };
  for (const char* text : {"", "-", "1.", "01", "0x1", "1e", "NaN", "1 "})
    EXPECT_EQ(code_of({.minimum = text}), ErrorCode::kInvalidArgument) << text;
  for (const char* text : {"0", "-1", "-0.0"})
    EXPECT_EQ(code_of({.multiple_of = text}), ErrorCode::kInvalidArgument) << text;
  EXPECT_EQ(code_of({.maximum = "1e400000"}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code_of({.minimum = "1e-400000"}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code_of({.multiple_of = "123456789012345"}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code_of({.multiple_of = "987654321"}), ErrorCode::kResourceLimit);
  EXPECT_TRUE(NumberLanguage::create({.maximum = "1.7976931348623157e308"}, {}));
}

/// A number times 10^6, as long as its digits are few.
int64_t scaled(std::string_view text) {
  const bool negative = text[0] == '-';
  int64_t value = 0;
  int places = -1;
  for (const char c : text) {
    if (c == '.') places = 0;
    if (c < '0' || c > '9') continue;
    value = value * 10 + (c - '0');
    if (places >= 0) ++places;
  }
  for (places = std::max(places, 0); places < 6; ++places) value *= 10;
  return negative ? -value : value;
}

bool is_number(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(whole) || (whole.size() > 1 && whole[0] == '0')) return false;
  return point == std::string_view::npos || digits(text.substr(point + 1));
}

/// The same by integers of 64 bits.
bool satisfies(const NumberBounds& bounds, std::string_view text) {
  if (!is_number(text)) return false;
  const int64_t value = scaled(text);
  return !(bounds.integer && value % 1'000'000 != 0) &&
         !(bounds.minimum && value < scaled(*bounds.minimum)) &&
         !(bounds.maximum && value > scaled(*bounds.maximum)) &&
         !(bounds.exclusive_minimum && value <= scaled(*bounds.exclusive_minimum)) &&
         !(bounds.exclusive_maximum && value >= scaled(*bounds.exclusive_maximum)) &&
         !(bounds.multiple_of && value % scaled(*bounds.multiple_of) != 0);
}

std::string random_decimal(std::mt19937& random, bool positive) {
  std::string text = !positive && random() % 3 == 0 ? "-" : "";
  text += std::to_string(random() % (random() % 2 == 0 ? 10 : 120) + positive);
  if (random() % 2 == 0) text += "." + std::to_string(random() % 30);
  return text;
}

NumberBounds random_bounds(std::mt19937& random) {
  NumberBounds bounds;
  bounds.integer = random() % 4 == 0;
  if (random() % 2 == 0) bounds.minimum = random_decimal(random, false);
  if (random() % 2 == 0) bounds.maximum = random_decimal(random, false);
  if (random() % 4 == 0) bounds.exclusive_minimum = random_decimal(random, false);
  if (random() % 4 == 0) bounds.exclusive_maximum = random_decimal(random, false);
  if (random() % 3 == 0) bounds.multiple_of = random_decimal(random, true);
  return bounds;
}

/// All texts of up to `size` more bytes: each is judged alike, and each state dies exactly where none of the
/// longer ones is accepted. Returns whether one is, from here on.
bool check_texts(const NumberLanguage& language, const NumberBounds& bounds, std::string& text, StateId state,
                 size_t size) {
  const bool satisfied = satisfies(bounds, text);
  EXPECT_EQ(state != kDeadState && language.accepts(state), satisfied) << text;
  bool any = satisfied;
  for (size_t i = 0; size > 0 && i < NumberLanguage::kBytes.size(); ++i) {
    const uint8_t byte = NumberLanguage::kBytes[i];
    if (byte == '4' || byte == '6' || byte == '7') continue;  // like 3 and 8 for most bounds; less to try
    text.push_back(char(byte));
    any |= check_texts(language, bounds, text, state == kDeadState ? state : language.step(state, byte),
                       size - 1);
    text.pop_back();
  }
  if (any) EXPECT_NE(state, kDeadState) << text;
  return any;
}

TEST(NumberLanguage, AgreesWithExactArithmetic) {
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    const NumberBounds bounds = random_bounds(random);
    const auto language = NumberLanguage::create(bounds, {});
    ASSERT_TRUE(language) << language.error().message;
    SCOPED_TRACE(fmt::format("{} min {} max {} above {} below {} of {}", bounds.integer,
                             bounds.minimum.value_or("-"), bounds.maximum.value_or("-"),
                             bounds.exclusive_minimum.value_or("-"), bounds.exclusive_maximum.value_or("-"),
                             bounds.multiple_of.value_or("-")));
    std::string text;
    check_texts(*language, bounds, text, language->start(), 5);
  }
}

/// What is alive can be completed: following least_rest to its end gives a number within the bounds.
TEST(NumberLanguage, EveryStateLeadsToANumber) {
  std::mt19937 random(4);
  for (int i = 0; i < 200; ++i) {
    const NumberBounds bounds = random_bounds(random);
    const auto language = *NumberLanguage::create(bounds, {});
    for (int j = 0; j < 50 && !language.empty(); ++j) {
      std::string text;
      StateId state = language.start();
      for (uint32_t n = random() % 5;; --n) {
        if (n == 0 && language.accepts(state)) break;
        std::vector<std::pair<uint8_t, StateId>> ways;
        for (const uint8_t byte : NumberLanguage::kBytes) {
          const StateId next = language.step(state, byte);
          if (next != kDeadState && (n > 0 || language.least_rest(next) < language.least_rest(state)))
            ways.emplace_back(byte, next);
        }
        if (n == 0) ASSERT_FALSE(ways.empty());
        if (ways.empty()) break;
        const auto& [byte, next] = ways[random() % ways.size()];
        text.push_back(char(byte));
        state = next;
        if (n == 0) n = 1;
      }
      if (text.size() <= 12) EXPECT_EQ(language.accepts(state), satisfies(bounds, text)) << text;
    }
  }
}

}  // namespace
}  // namespace hearth::grammar
