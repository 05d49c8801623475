#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/regex/number_language.h"

namespace hearth::grammar {
namespace {

bool accepts(const NumberLanguage& language, std::string_view text) {
  StateId state = language.start();
  for (const char c : text) {
    if (state == kDeadState) return false;
    state = language.step(state, uint8_t(c));
  }
  return state != kDeadState && language.accepts(state);
}

TEST(NumberSet, TakesItsNumbersHoweverManyZerosTheyHave) {
  const std::vector<std::string> values = {"1", "1.5", "1.505", "-20", "0", "3e2", "0.010", "7", "7.00"};
  const auto set = NumberLanguage::one_of(values, {});
  ASSERT_TRUE(set) << set.error().message;
  for (const char* text : {"1", "1.0", "1.5", "1.50", "1.505", "1.50500", "-20", "-20.00", "0", "-0", "0.0",
                           "-0.0", "300", "0.01", "0.010", "7", "7.0"})
    EXPECT_TRUE(accepts(*set, text)) << text;
  for (const char* text :
       {"", "-", "1.", "-1", "20", "1.51", "1.5005", "30", "3000", "0.1", "00", "7.01", "1.00000001"})
    EXPECT_FALSE(accepts(*set, text)) << text;
}

TEST(NumberSet, IsTheSameAsEachNumberAlone) {
  for (const char* value : {"0", "-0.0", "12.340", "-7", "1e3", "5e-3"}) {
    const auto set = NumberLanguage::one_of(std::vector<std::string>{value}, {});
    const auto alone = NumberLanguage::equal_to(value, {});
    ASSERT_TRUE(set && alone);
    EXPECT_EQ(set->num_states(), alone->num_states()) << value;
  }
}

TEST(NumberSet, TakesManyAndHasALimit) {
  std::vector<std::string> values;
  for (int i = 0; i < 200'000; ++i) values.push_back(std::to_string(3 * i));
  const auto set = NumberLanguage::one_of(values, {});
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_TRUE(accepts(*set, "599997.0"));
  EXPECT_FALSE(accepts(*set, "599998"));
  EXPECT_EQ(NumberLanguage::one_of(values, {.max_nodes = 1000}).error().code, ErrorCode::kResourceLimit);
  EXPECT_EQ(NumberLanguage::one_of(std::vector<std::string>{"1e999999"}, {.max_nodes = 1000}).error().code,
            ErrorCode::kResourceLimit);
}

TEST(NumberLanguage, MayBeWithoutAPoint) {
  const auto language = NumberLanguage::create({.integer = true, .no_point = true, .minimum = "3"}, {});
  ASSERT_TRUE(language);
  EXPECT_TRUE(accepts(*language, "12"));
  for (const char* text : {"12.0", "2", "12."}) EXPECT_FALSE(accepts(*language, text)) << text;
}

}  // namespace
}  // namespace hearth::grammar
