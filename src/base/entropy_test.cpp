#include "base/entropy.h"

#include <set>

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Entropy, EveryBitIsDrawn) {
  std::set<uint64_t> seen;
  uint64_t ones = 0, zeros = 0;
  for (int i = 0; i < 256; ++i) {
    const uint64_t bits = random_bits();
    EXPECT_TRUE(seen.insert(bits).second);
    ones |= bits;
    zeros |= ~bits;
  }
  EXPECT_EQ(ones, ~uint64_t(0));
  EXPECT_EQ(zeros, ~uint64_t(0));
}

}  // namespace
}  // namespace hearth
