#include "base/hex.h"

#include <array>

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Hex, WritesTwoDigitsForEachByte) {
  EXPECT_EQ(to_hex(std::array<uint8_t, 4>{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
  EXPECT_EQ(to_hex(std::string_view("\xfe\x01", 2)), "fe01");
  EXPECT_EQ(to_hex(std::string_view()), "");
}

TEST(Hex, RandomDigitsAreAsManyAsAskedForAndDiffer) {
  for (const size_t count : {0, 1, 9, 24}) {
    const std::string digits = random_hex(count);
    EXPECT_EQ(digits.size(), count);
    EXPECT_EQ(digits.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
  EXPECT_NE(random_hex(32), random_hex(32));
}

}  // namespace
}  // namespace hearth
