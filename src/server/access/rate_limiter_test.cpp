#include "server/access/rate_limiter.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using namespace std::chrono_literals;

const RateLimiter::Time kStart{1000s};

TEST(RateLimiter, AllowsAMinutesWorthAndThenWhatComesBack) {
  RateLimiter limiter({.requests_per_minute = 30}, {});
  for (int i = 0; i < 30; ++i) EXPECT_FALSE(limiter.try_request("key", "a", kStart));
  const auto wait = limiter.try_request("key", "a", kStart);
  ASSERT_TRUE(wait);
  EXPECT_DOUBLE_EQ(wait->count(), 2.0);
  // What is said is true: a little before it is too early, then it is not.
  EXPECT_TRUE(limiter.try_request("key", "a", kStart + 1990ms));
  EXPECT_FALSE(limiter.try_request("key", "a", kStart + 2001ms));
  EXPECT_TRUE(limiter.try_request("key", "a", kStart + 2001ms));
  EXPECT_FALSE(limiter.try_request("other", "a", kStart));
}

TEST(RateLimiter, TokensArePaidAfterwards) {
  RateLimiter limiter({}, {.tokens_per_minute = 600});
  EXPECT_FALSE(limiter.try_request("", "1.2.3.4", kStart));
  limiter.charge_tokens("", "1.2.3.4", 700, kStart);
  const auto wait = limiter.try_request("", "1.2.3.4", kStart);
  ASSERT_TRUE(wait);
  EXPECT_NEAR(wait->count(), 10.1, 0.001);
  EXPECT_FALSE(limiter.try_request("", "1.2.3.4", kStart + 10101ms));
  EXPECT_FALSE(limiter.try_request("", "1.2.3.5", kStart));
}

TEST(RateLimiter, ARefusedRequestCostsNothing) {
  RateLimiter limiter({.requests_per_minute = 60}, {.requests_per_minute = 1});
  EXPECT_FALSE(limiter.try_request("key", "a", kStart));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.try_request("key", "a", kStart));
  for (int i = 0; i < 59; ++i) EXPECT_FALSE(limiter.try_request("key", std::to_string(i), kStart));
}

TEST(RateLimiter, ForgetsThoseWhoRest) {
  RateLimiter limiter({}, {.requests_per_minute = 60});
  for (int i = 0; i < 20'000; ++i) limiter.try_request("", std::to_string(i), kStart + i * 10ms);
  EXPECT_LT(limiter.num_buckets(), 9000u);
}

TEST(RateLimiter, CostsNothingWithoutLimits) {
  RateLimiter limiter({}, {});
  EXPECT_FALSE(limiter.try_request("key", "a", kStart));
  EXPECT_EQ(limiter.num_buckets(), 0u);
}

TEST(RateLimiter, TellsWhatIsLeft) {
  RateLimiter limiter({.requests_per_minute = 60, .tokens_per_minute = 600}, {.requests_per_minute = 6});
  const RateLimiter::Time now = {};
  EXPECT_FALSE(limiter.try_request("key", "1.2.3.4", now));
  limiter.charge_tokens("key", "1.2.3.4", 60, now);
  const api::RateLimitState state = limiter.state("key", "1.2.3.4", now);
  ASSERT_TRUE(state.requests && state.tokens);
  EXPECT_EQ(state.requests->per_minute, 6) << "the tighter of the two";
  EXPECT_EQ(state.requests->remaining, 5);
  EXPECT_DOUBLE_EQ(state.requests->reset_s, 10);
  EXPECT_EQ(state.tokens->per_minute, 600);
  EXPECT_EQ(state.tokens->remaining, 540);
  EXPECT_DOUBLE_EQ(state.tokens->reset_s, 6);
  RateLimiter unlimited({}, {});
  EXPECT_FALSE(unlimited.state("key", "1.2.3.4", now).requests);
}

}  // namespace
}  // namespace hearth::server
