#include "engine/measure/perplexity.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "engine/testing/fake_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kContext = 8;
constexpr size_t kVocabSize = 31;  // odd: rows of the file are padded

std::vector<float> random_logits(uint32_t seed, float spread) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> logits(kVocabSize);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

std::vector<double> log_softmax(const std::vector<float>& logits) {
  double sum = 0.0;
  for (float logit : logits) sum += std::exp(double(logit));
  std::vector<double> result;
  for (float logit : logits) result.push_back(double(logit) - std::log(sum));
  return result;
}

class LogprobFileTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  /// Two chunks of random logits.
  void write(float spread) {
    std::vector<TokenId> tokens(2 * kContext);
    std::iota(tokens.begin(), tokens.end(), 3);
    auto writer = *LogprobWriter::create(path_, kContext, kVocabSize, tokens);
    for (uint32_t i = 0; i < 2 * num_scored(kContext); ++i) writer.add(random_logits(i, spread));
    ASSERT_TRUE(writer.finish().has_value());
  }

  fs::path path_ = fs::path(testing::TempDir()) /
                   (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".kld");
};

TEST_F(LogprobFileTest, ReadsWhatItWrote) {
  for (float spread : {0.0f, 1.0f, 2.0f}) {
    write(spread);
    const auto file = LogprobFile::open(path_);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(file->context(), kContext);
    EXPECT_EQ(file->vocab_size(), kVocabSize);
    ASSERT_EQ(file->num_chunks(), 2u);
    EXPECT_EQ(file->tokens(1)[0], 3 + int(kContext));
    std::vector<float> row(kVocabSize);
    for (uint32_t i = 0; i < 2 * num_scored(kContext); ++i) {
      file->read(i / num_scored(kContext), i % num_scored(kContext), row);
      const auto expected = log_softmax(random_logits(i, spread));
      for (size_t id = 0; id < kVocabSize; ++id)
        EXPECT_NEAR(double(row[id]), expected[id], 16.0 / 65535 + 1e-5);
    }
  }
}

TEST_F(LogprobFileTest, LowLogprobsAreCutAtTheRange) {
  std::vector<TokenId> tokens(4, 0);
  auto writer = *LogprobWriter::create(path_, 4, 3, tokens);
  writer.add(std::vector<float>{0.0f, -40.0f, -8.0f});
  ASSERT_TRUE(writer.finish().has_value());
  std::vector<float> row(3);
  LogprobFile::open(path_)->read(0, 0, row);
  EXPECT_NEAR(row[1], -16.0f, 0.01f);
  EXPECT_NEAR(row[2], -8.0f, 0.01f);
}

TEST_F(LogprobFileTest, BrokenFilesAreRefusedByField) {
  write(1.0f);
  const std::string whole = *read_file(path_, 1 << 20);
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto file = LogprobFile::parse(as_bytes(std::string_view(whole).substr(0, size)));
    ASSERT_FALSE(file.has_value()) << size;
    ASSERT_EQ(file.error().code, ErrorCode::kCorruptData);
  }
  for (size_t field = 8; field < 20; field += 4) {
    for (uint32_t value : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      std::string spoilt = whole;
      std::memcpy(spoilt.data() + field, &value, sizeof(value));
      const auto file = LogprobFile::parse(as_bytes(spoilt));
      if (field == 16 && value <= 1) continue;  // fewer chunks are a valid file
      ASSERT_FALSE(file.has_value()) << field << " " << value;
    }
  }
  std::string bad_token = whole;
  bad_token[20 + 3] = '\x7f';
  EXPECT_NE(LogprobFile::parse(as_bytes(bad_token)).error().message.find("token 0"), std::string::npos);
}

TEST(PerplexityMeter, FollowsTheDefinitions) {
  PerplexityMeter meter;
  double surprise = 0.0, other_surprise = 0.0, dp = 0.0;
  std::vector<double> divergences;
  size_t same = 0;
  constexpr size_t kCount = 40;
  for (uint32_t i = 0; i < kCount; ++i) {
    const auto logits = random_logits(i, 3.0f);
    const auto other_logits = random_logits(i % 2 == 0 ? i : i + 1000, 3.0f);
    const auto logprobs = log_softmax(logits), other = log_softmax(other_logits);
    const TokenId next = TokenId(i % kVocabSize);
    std::vector<float> other_floats(other.begin(), other.end());
    meter.add(logits, next, other_floats);
    surprise -= logprobs[size_t(next)];
    other_surprise -= other[size_t(next)];
    double& divergence = divergences.emplace_back(0.0);
    for (size_t id = 0; id < kVocabSize; ++id) {
      if (other[id] > -16.0) divergence += std::exp(other[id]) * (other[id] - logprobs[id]);
    }
    dp += std::pow(std::exp(logprobs[size_t(next)]) - std::exp(other[size_t(next)]), 2.0);
    same += size_t(std::ranges::max_element(logprobs) - logprobs.begin() ==
                   std::ranges::max_element(other) - other.begin());
  }
  const PerplexityResult result = meter.result();
  EXPECT_EQ(result.num_tokens, kCount);
  EXPECT_NEAR(result.perplexity.mean, std::exp(surprise / kCount), 1e-4 * result.perplexity.mean);
  ASSERT_TRUE(result.comparison.has_value());
  EXPECT_NEAR(result.comparison->perplexity.mean, std::exp(other_surprise / kCount), 1e-3);
  EXPECT_NEAR(result.comparison->divergence.mean,
              std::accumulate(divergences.begin(), divergences.end(), 0.0) / kCount, 1e-5);
  std::ranges::sort(divergences);
  EXPECT_NEAR(result.comparison->same_top, double(same) / kCount, 1e-12);
  EXPECT_NEAR(result.comparison->rms_dp, std::sqrt(dp / kCount), 1e-6);
  EXPECT_NEAR(result.comparison->median_divergence, divergences[kCount / 2], 1e-5);
  EXPECT_NEAR(result.comparison->p99_divergence, divergences[39], 1e-5);
  EXPECT_NEAR(result.comparison->max_divergence, divergences.back(), 1e-5);
}

TEST_F(LogprobFileTest, AModelDoesNotDivergeFromItself) {
  for (int max_batch : {3, 64}) {
    FakeModel model(int(kVocabSize), max_batch);
    const auto layout = layout_kv_cache(model.cache_specs(), model.placement(),
                                        {.num_tokens = 64, .max_step = size_t(max_batch)});
    KvCache cache = *KvCache::create(model.placement(), model.cache_specs(), *layout);
    ModelRunner runner(model, cache);
    PerplexityInput input;
    input.context = kContext;
    for (size_t i = 0; i < 3 * kContext; ++i) input.tokens.push_back(TokenId(i * 7 % kVocabSize));
    auto writer = *LogprobWriter::create(path_, kContext, kVocabSize, input.tokens);
    input.save = &writer;
    input.first_token = 1;
    const auto saved = measure_perplexity(runner, input, {});
    ASSERT_TRUE(saved.has_value());
    ASSERT_TRUE(writer.finish().has_value());
    EXPECT_EQ(saved->num_tokens, 3 * num_scored(kContext));

    const LogprobFile base = *LogprobFile::open(path_);
    input.save = nullptr;
    input.other = &base;
    size_t chunks = 0;
    const auto compared =
        measure_perplexity(runner, input, [&](size_t, const PerplexityResult&) { return ++chunks < 2; });
    ASSERT_TRUE(compared.has_value());
    EXPECT_EQ(compared->num_tokens, 2 * num_scored(kContext)) << "stopped after two chunks";
    EXPECT_NEAR(compared->comparison->divergence.mean, 0.0, 1e-4);
    EXPECT_EQ(compared->comparison->same_top, 1.0);
    EXPECT_EQ(cache.ledger().pool(0).num_used(), 0);
  }
}

}  // namespace
}  // namespace hearth
