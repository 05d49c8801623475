#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(WithoutControls, KeepsTextAndDefusesTheRest) {
  EXPECT_EQ(without_controls("plain\ttext\nh\xC3\xA9llo \xE2\x82\xAC"),
            "plain\ttext\nh\xC3\xA9llo \xE2\x82\xAC");
  EXPECT_EQ(without_controls("\x1b[31mred"), "\xEF\xBF\xBD[31mred");
  EXPECT_EQ(without_controls("a\rb\x7f"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(without_controls("\xC2\x9B"
                             "31m \xC2\xA0"),
            "\xEF\xBF\xBD"
            "31m \xC2\xA0")
      << "U+009B is CSI, U+00A0 a space";
}

}  // namespace
}  // namespace hearth
