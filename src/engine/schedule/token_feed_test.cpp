#include "engine/schedule/token_feed.h"

#include <gtest/gtest.h>

#include "engine/testing/feed_rig.h"

namespace hearth {
namespace {

std::vector<TokenId> tokens(size_t begin, size_t end) {
  std::vector<TokenId> ids(end - begin);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = TokenId((begin + i) * 7 % 50);
  return ids;
}

std::vector<float> logits_of(FeedRig& rig, size_t index = 0) {
  const auto logits = rig.runner.logits(index);
  return {logits.begin(), logits.end()};
}

/// Logits behind the tokens of [0, end), computed afresh.
std::vector<float> expected(size_t end) {
  FeedRig rig(200, 400, 1);
  TokenFeed feed(rig.runner);
  EXPECT_TRUE(feed.append(tokens(0, end), 1).has_value());
  return logits_of(rig);
}

TEST(TokenFeed, RewindsToCarryOnOtherwise) {
  FeedRig rig(200, 400, 1);
  TokenFeed feed(rig.runner);
  ASSERT_TRUE(feed.append(tokens(0, 20), 0).has_value());
  ASSERT_TRUE(feed.append(tokens(113, 133), 0).has_value());
  ASSERT_TRUE(feed.rewind(20));
  EXPECT_EQ(feed.position(), 20u);
  ASSERT_TRUE(feed.append(tokens(20, 70), 1).has_value());
  EXPECT_EQ(logits_of(rig), expected(70));
}

TEST(TokenFeed, DoesNotRewindBehindWhatAWindowHasPassed) {
  FeedRig rig(200, 400, 1);
  TokenFeed feed(rig.runner);
  ASSERT_TRUE(feed.append(tokens(0, 100), 0).has_value());
  EXPECT_FALSE(feed.rewind(30));
  EXPECT_EQ(feed.position(), 100u);
  EXPECT_TRUE(feed.rewind(99));
}

TEST(TokenFeed, ForksShareWholeBlocksAndCopyTheLast) {
  FeedRig rig(200, 400, 3);
  TokenFeed origin(rig.runner), fork(rig.runner), second(rig.runner);
  ASSERT_TRUE(origin.append(tokens(0, 75), 0).has_value());
  const int32_t used = rig.cache.ledger().pool(0).num_used();
  ASSERT_TRUE(fork.fork(origin).has_value());
  ASSERT_TRUE(second.fork(origin).has_value());
  EXPECT_EQ(rig.cache.ledger().pool(0).num_used(), used + 2);

  const std::vector<TokenId> right = tokens(75, 80), wrong = tokens(176, 181);
  const TokenFeed::Part parts[] = {{&origin, wrong, 1}, {&fork, right, 1}, {&second, wrong, 1}};
  ASSERT_TRUE(TokenFeed::append_each(parts).has_value());
  EXPECT_EQ(logits_of(rig, 1), expected(80)) << "what others wrote is not in it";
  EXPECT_EQ(logits_of(rig, 0), logits_of(rig, 2));
  EXPECT_NE(logits_of(rig, 0), logits_of(rig, 1));

  ASSERT_TRUE(fork.rewind(77)) << "within the copied block";
  ASSERT_TRUE(fork.append(tokens(77, 80), 1).has_value());
  EXPECT_EQ(logits_of(rig), expected(80));
  EXPECT_FALSE(fork.rewind(63)) << "within a shared block";
  fork.reset();
  second.reset();
  origin.reset();
  EXPECT_EQ(rig.cache.ledger().pool(0).num_used(), 0);
  EXPECT_EQ(rig.cache.ledger().pool(1).num_used(), 0);
}

TEST(TokenFeed, AForkThatFindsNoBlockIsAnError) {
  FeedRig rig(200, 75, 1);
  TokenFeed origin(rig.runner), fork(rig.runner);
  ASSERT_TRUE(origin.append(tokens(0, 75), 0).has_value());
  EXPECT_EQ(fork.fork(origin).error().code, ErrorCode::kContextOverflow);
  EXPECT_EQ(fork.position(), 0u);
}

}  // namespace
}  // namespace hearth
