#include "engine/sample/logit_math.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(LogitMath, ExponentialsAndTheirSumAreExactEnough) {
  std::vector<float> logits;
  double sum = 0.0;
  for (int i = 0; i <= 100001; ++i) {
    const float x = -8.8e-4f * float(i);
    const double exact = x < -87.0f ? 0.0 : std::exp(double(x));
    ASSERT_NEAR(double(exp_negative(x)), exact, 2e-7 * exact) << x;
    logits.push_back(x);
    sum += double(exp_negative(x));
  }
  EXPECT_EQ(exp_negative(0.0f), 1.0f);
  EXPECT_EQ(exp_negative(-std::numeric_limits<float>::infinity()), 0.0f);
  for (const size_t behind : {0, 1, 255, 256, 300}) {
    logits.resize(100002 + behind, -std::numeric_limits<float>::infinity());
    EXPECT_NEAR(sum_exp(logits, 0.0f, 1.0f), sum, 1e-13 * sum) << behind;
  }
}

TEST(LogitMath, WhereAllAreMinusInfinityNothingWasComputed) {
  const float none = -std::numeric_limits<float>::infinity();
  std::vector<float> logits(100, none);
  const Status checked = check_logits(logits, 7);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kNotFinite);
  EXPECT_EQ(checked.error().message, "the model computed every logit as -inf at position 7");
  logits[99] = -3e38f;
  EXPECT_TRUE(check_logits(logits, 7));
  logits[3] = -std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(check_logits(logits, 7).error().message,
            "the model computed the logit of token 3 as nan at position 7");
}

}  // namespace
}  // namespace hearth
