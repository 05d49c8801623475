#include "engine/sample/philox.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

// Known answers of the authors' Random123 library.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformIsInRangeAndDiffersByEveryArgument) {
  double sum = 0.0;
  for (uint64_t position = 0; position < 100000; ++position) {
    const double number = uniform(7, position, RandomStream::kToken);
    ASSERT_GE(number, 0.0);
    ASSERT_LT(number, 1.0);
    sum += number;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
  EXPECT_NE(uniform(1, 2, RandomStream::kToken), uniform(2, 2, RandomStream::kToken));
  EXPECT_NE(uniform(1, 2, RandomStream::kToken), uniform(1, 3, RandomStream::kToken));
  EXPECT_NE(uniform(1, 2, RandomStream::kToken), uniform(1, 2, RandomStream::kXtc));
  EXPECT_NE(uniform(1, 2, RandomStream::kToken), uniform(1 + (uint64_t(1) << 32), 2, RandomStream::kToken));
}

}  // namespace
}  // namespace hearth
