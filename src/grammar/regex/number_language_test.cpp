#include "grammar/regex/number_language.h"

#include <gtest/gtest.h>

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

TEST(NumberLanguage, TakesWhatItsBoundsSay) {
  const auto language =
      NumberLanguage::create({.minimum = "-1.5", .exclusive_maximum = "1e2", .multiple_of = "0.5"}, {});
  ASSERT_TRUE(language) << language.error().message;
  for (const char* text : {"-1.5", "-1.50", "0", "-0", "99.5", "99.500", "7.0", "12"})
    EXPECT_TRUE(accepts(*language, text)) << text;
  for (const char* text : {"-2", "-1.6", "100", "99.6", "0.25", "", "-", "1.", "01", "1e1"})
    EXPECT_FALSE(accepts(*language, text)) << text;
}

}  // namespace
}  // namespace hearth::grammar
