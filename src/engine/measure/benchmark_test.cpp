#include "engine/measure/benchmark.h"

#include <cmath>

#include <gtest/gtest.h>

#include "engine/encode/encoder_engine.h"
#include "engine/testing/engine_rig.h"
#include "engine/testing/fake_encoder.h"
#include "engine/testing/feed_rig.h"

namespace hearth {
namespace {

Clock stopped_clock() {
  return [] { return std::chrono::nanoseconds(); };
}

TEST(Benchmark, CountsTokensAsLlamaBenchDoes) {
  FeedRig rig(64, 1000, 1);
  std::chrono::nanoseconds now{};
  const Clock clock = [&] { return now += std::chrono::milliseconds(500); };
  const BenchmarkTest test{.num_prompt = 100};
  const auto samples = Benchmark(rig.runner, clock).run(test, 3);
  ASSERT_TRUE(samples.has_value());
  EXPECT_EQ(samples->rates(test), (std::vector<double>{200.0, 200.0, 200.0}));
  // One run to warm up and three, in batches of 64 and 36.
  EXPECT_EQ(rig.model.num_tokens, 100u + 3 * 100u);
  EXPECT_EQ(rig.model.num_steps, 2u + 3 * 2u);
  EXPECT_EQ(rig.cache.ledger().pool(0).num_used(), 0);
}

TEST(Benchmark, ComputesADepthOnceForAllRuns) {
  FeedRig rig(64, 1000, 1);
  Benchmark benchmark(rig.runner, stopped_clock());
  ASSERT_TRUE(benchmark.run(BenchmarkTest{.num_generate = 4, .depth = 30}, 3).has_value());
  EXPECT_EQ(rig.model.num_tokens, 30u + 1u + 3 * 4u);
  ASSERT_TRUE(benchmark.run(BenchmarkTest{.num_prompt = 5, .depth = 33}, 2).has_value());
  EXPECT_EQ(rig.model.num_tokens, 43u + 2 * 5u) << "34 tokens were there";
}

TEST(Benchmark, ComputesADepthAgainOnceAWindowHasPassedIt) {
  FeedRig rig(64, 1000, 1);
  const BenchmarkTest test{.num_prompt = 100, .depth = 30};
  ASSERT_TRUE(Benchmark(rig.runner, stopped_clock()).run(test, 3).has_value());
  EXPECT_EQ(rig.model.num_tokens, 3 * (30u + 100u));
}

TEST(Benchmark, BatchesReadAndGenerateSideBySide) {
  FeedRig rig(64, 1000, 4);
  std::chrono::nanoseconds now{};
  const Clock clock = [&] { return now += std::chrono::milliseconds(250); };
  const BatchTest test{.num_prompt = 40, .num_generate = 10, .num_parallel = 4};
  const auto samples = Benchmark(rig.runner, clock).run(test, 2);
  ASSERT_TRUE(samples.has_value());
  EXPECT_EQ(samples->at(1).prompt, std::chrono::milliseconds(250));
  EXPECT_EQ(samples->at(1).generate, std::chrono::milliseconds(250));
  EXPECT_EQ(rig.model.largest_batch, 4u);
  // To warm up 4 x 32 tokens in 2 batches and a step; then 4 x 40 in 3 batches and 10 steps.
  EXPECT_EQ(rig.model.num_steps, 3u + 2 * 13u);
  EXPECT_EQ(rig.model.num_tokens, 4 * (33u + 2 * 50u));
  EXPECT_EQ(test.num_cached_tokens(), 200u);
  EXPECT_EQ(test.room(), 200u);
}

TEST(Benchmark, ASharedPrefixIsComputedAndHeldOnce) {
  const BatchTest test{
      .num_prompt = 30, .num_generate = 10, .depth = 75, .num_parallel = 4, .shared_prefix = true};
  EXPECT_EQ(test.num_cached_tokens(), 75u + 30u + 40u);
  EXPECT_EQ(test.room(), 96u + 4 * (9u + 10u));
  FeedRig rig(64, test.room(), 4);
  Benchmark benchmark(rig.runner, stopped_clock());
  ASSERT_TRUE(benchmark.run(test, 1).has_value()) << "the room is enough";
  EXPECT_EQ(rig.model.largest_batch, 4u);
  const size_t shared = rig.model.num_tokens;
  BatchTest apart = test;
  apart.shared_prefix = false;
  FeedRig large(64, apart.room(), 4);
  ASSERT_TRUE(Benchmark(large.runner, stopped_clock()).run(apart, 1).has_value());
  EXPECT_EQ(large.model.num_tokens - shared, 3u * (75u + 30u));
}

TEST(Benchmark, RequestsAreSampledToTheirLength) {
  Rig rig;
  std::chrono::nanoseconds now{};
  const Clock clock = [&] { return now += std::chrono::milliseconds(100); };
  const BenchmarkTest test{.num_prompt = 20, .num_generate = 7};
  const auto samples = run_requests(*rig.engine, test, {}, 3, clock);
  ASSERT_TRUE(samples.has_value());
  ASSERT_EQ(samples->size(), 3u);
  EXPECT_EQ(samples->at(2).first_token, std::chrono::milliseconds(100));
  EXPECT_EQ(samples->at(2).total, std::chrono::milliseconds(200));
  EXPECT_EQ(rig.engine->stats().num_generated_tokens, 21u);
  const auto refused = run_requests(*rig.engine, {.num_prompt = 100000, .num_generate = 1}, {}, 1, clock);
  EXPECT_EQ(refused.error().code, ErrorCode::kContextOverflow);
}

TEST(Benchmark, TextsAreEmbeddedSideBySide) {
  FakeEncoder model(50, 64);
  std::chrono::nanoseconds now{};
  EncoderEngine engine(model,
                       {.context = 40, .max_running = 3, .clock = [] { return std::chrono::nanoseconds(); }});
  const Clock clock = [&] { return now += std::chrono::milliseconds(100); };
  const TextsTest test{.num_tokens = 20, .num_texts = 5};
  const auto times = run_texts(engine, test, 2, clock);
  ASSERT_TRUE(times.has_value());
  EXPECT_EQ(*times, (std::vector<std::chrono::nanoseconds>(2, std::chrono::milliseconds(100))));
  EXPECT_EQ(engine.stats().num_computed_tokens, 3 * 100u) << "one to warm up, and two";
  EXPECT_EQ(model.batches, (std::vector<size_t>{3, 2, 3, 2, 3, 2}));
  EXPECT_EQ(run_texts(engine, {.num_tokens = 41}, 1, clock).error().code, ErrorCode::kContextOverflow);
  model.bad_token = 7;
  EXPECT_EQ(run_texts(engine, {.num_tokens = 40, .num_texts = 20}, 1, clock).error().code,
            ErrorCode::kNotFinite);
}

TEST(Benchmark, TooLongIsAnError) {
  FeedRig rig(64, 50, 1);
  const auto samples = Benchmark(rig.runner, stopped_clock()).run(BenchmarkTest{.num_prompt = 500}, 1);
  EXPECT_EQ(samples.error().code, ErrorCode::kContextOverflow);
}

TEST(Benchmark, MedianIsTheMiddle) {
  EXPECT_EQ(median({3.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(median({4.0, 1.0, 2.0, 3.0}), 2.5);
  EXPECT_EQ(median({}), 0.0);
}

TEST(Benchmark, MeanAndDeviation) {
  const MeanAndDeviation result = mean_and_deviation({1.0, 2.0, 3.0, 4.0});
  EXPECT_DOUBLE_EQ(result.mean, 2.5);
  EXPECT_DOUBLE_EQ(result.deviation, std::sqrt(5.0 / 3.0));
  EXPECT_EQ(mean_and_deviation({}).mean, 0.0);
  EXPECT_EQ(mean_and_deviation({5.0}).deviation, 0.0);
}

}  // namespace
}  // namespace hearth
