#include "models/blocks/alibi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

TEST(AlibiSlopes, AreThoseOfThePaper) {
  EXPECT_THAT(alibi_slopes(8, 8.0f),
              ElementsAre(0.5f, 0.25f, 0.125f, 0.0625f, 1 / 32.0f, 1 / 64.0f, 1 / 128.0f, 1 / 256.0f));
  EXPECT_THAT(alibi_slopes(1, 8.0f), ElementsAre(1 / 256.0f));
  EXPECT_THAT(alibi_slopes(2, 4.0f), ElementsAre(0.25f, 1 / 16.0f));
}

/// The last are the first, third and so on of twice as many heads.
TEST(AlibiSlopes, OfOtherCountsTakeFromTwiceAsMany) {
  EXPECT_THAT(alibi_slopes(3, 8.0f), ElementsAre(1 / 16.0f, 1 / 256.0f, 0.25f));
  EXPECT_THAT(alibi_slopes(6, 8.0f), ElementsAre(0.25f, 1 / 16.0f, 1 / 64.0f, 1 / 256.0f, 0.5f, 0.125f));
  const std::vector<float> slopes = alibi_slopes(12, 8.0f);
  EXPECT_THAT(slopes[8], FloatEq(0.70710678f));
  EXPECT_THAT(slopes[11], FloatEq(0.70710678f / 8));
}

}  // namespace
}  // namespace hearth
