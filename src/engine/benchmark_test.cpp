#include "engine/benchmark.h"

#include <cmath>

#include <gtest/gtest.h>

#include "engine/fake_model.h"

namespace hearth {
namespace {

struct Rig {
  Rig(int max_batch, size_t num_tokens, size_t num_sequences)
      : model(50, max_batch),
        cache(*KvCache::create(
            model.backend(), model.cache_specs(),
            *layout_kv_cache(
                model.cache_specs(), model.backend(),
                {.num_tokens = num_tokens, .num_sequences = num_sequences, .max_step = size_t(max_batch)}))),
        runner(model, cache) {}

  FakeModel model;
  KvCache cache;
  ModelRunner runner;
};

TEST(Benchmark, CountsTokensAsLlamaBenchDoes) {
  Rig rig(64, 1000, 1);
  std::chrono::nanoseconds now{};
  const Clock clock = [&] { return now += std::chrono::milliseconds(500); };
  const BenchmarkTest test{.num_prompt = 100, .depth = 30};
  const auto samples = run_benchmark(rig.runner, test, 3, clock);
  ASSERT_TRUE(samples.has_value());
  EXPECT_EQ(samples->rates(test), (std::vector<double>{200.0, 200.0, 200.0}));
  // One run to warm up, without depth, and three in batches of 64 and 36 after one of 30.
  EXPECT_EQ(rig.model.num_tokens, 100u + 3 * 130u);
  EXPECT_EQ(rig.model.num_steps, 2u + 3 * 3u);
  EXPECT_EQ(rig.cache.ledger().pool(0).num_used(), 0);
}

TEST(Benchmark, GeneratesSideBySide) {
  Rig rig(64, 1000, 4);
  const BenchmarkTest test{.num_generate = 10, .num_parallel = 4};
  const auto samples = run_benchmark(rig.runner, test, 2, [] { return std::chrono::nanoseconds(); });
  ASSERT_TRUE(samples.has_value());
  EXPECT_EQ(rig.model.largest_batch, 4u);
  EXPECT_EQ(rig.model.num_steps, 1u + 2 * 10u);
  EXPECT_EQ(rig.model.num_tokens, 4u + 2 * 40u);
  EXPECT_EQ(test.num_tokens(), 40u);
}

TEST(Benchmark, TooLongIsAnError) {
  Rig rig(64, 50, 1);
  const auto samples =
      run_benchmark(rig.runner, {.num_prompt = 500}, 1, [] { return std::chrono::nanoseconds(); });
  EXPECT_EQ(samples.error().code, ErrorCode::kContextOverflow);
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
