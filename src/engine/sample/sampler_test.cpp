#include "engine/sample/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "engine/sample/philox.h"

namespace hearth {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TokenBytes no_bytes() {
  return [](TokenId) { return std::string_view(); };
}

SamplingParams plain() {
  SamplingParams params;
  params.temperature = 1.0f;
  params.top_p = 1.0f;
  params.min_p = 0.0f;
  params.seed = 42;
  return params;
}

std::vector<float> random_logits(size_t count, uint32_t seed, float spread = 2.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

TokenId sample_at(Sampler& sampler, std::vector<float> logits, size_t position) {
  const std::vector<TokenId> history(position, 0);
  return sampler.sample(logits, {history, position})->id;
}

/// Upper bound of the chi-square statistic that a true distribution passes with probability 0.999
/// (Wilson and Hilferty 1931).
double chi_square_limit(double freedom) {
  const double spread = 2.0 / (9.0 * freedom);
  return freedom * std::pow(1.0 - spread + 3.0902 * std::sqrt(spread), 3.0);
}

/// Draws a million tokens and compares their counts with `shares`.
void expect_distribution(const SamplingParams& params, const std::vector<float>& logits,
                         const std::vector<double>& shares) {
  constexpr size_t kDraws = 1000000;
  Sampler sampler(params, no_bytes());
  std::vector<size_t> counts(logits.size(), 0);
  const std::vector<TokenId> history(kDraws, 0);
  std::vector<float> scratch;
  for (size_t i = 0; i < kDraws; ++i) {
    scratch = logits;
    ++counts[size_t(sampler.sample(scratch, {std::span(history).first(i), i})->id)];
  }
  double statistic = 0.0, freedom = -1.0;
  for (size_t id = 0; id < shares.size(); ++id) {
    if (shares[id] == 0.0) {
      EXPECT_EQ(counts[id], 0u) << "token " << id << " was cut";
      continue;
    }
    const double expected = shares[id] * double(kDraws);
    statistic += (double(counts[id]) - expected) * (double(counts[id]) - expected) / expected;
    freedom += 1.0;
  }
  EXPECT_LT(statistic, chi_square_limit(freedom));
}

TEST(Sampler, MillionDrawsFollowTheSoftmax) {
  auto logits = random_logits(40, 5, 1.0f);
  logits[3] = -kInfinity;
  std::vector<double> shares;
  double sum = 0.0;
  for (float logit : logits) sum += std::exp(double(logit) / 0.75);
  for (float logit : logits) shares.push_back(std::exp(double(logit) / 0.75) / sum);
  SamplingParams params = plain();
  params.temperature = 0.75f;
  expect_distribution(params, logits, shares);
}

TEST(Sampler, MillionDrawsFollowTheTruncatedDistribution) {
  const std::vector<float> logits = {std::log(0.05f), std::log(0.4f), std::log(0.25f), std::log(0.2f),
                                     std::log(0.1f)};
  SamplingParams params = plain();
  params.top_p = 0.9f;
  expect_distribution(params, logits, {0.0, 0.4 / 0.95, 0.25 / 0.95, 0.2 / 0.95, 0.1 / 0.95});
}

TEST(Sampler, MillionDrawsOfXtcMixTwoDistributions) {
  const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.15f), std::log(0.05f)};
  SamplingParams params = plain();
  params.xtc_probability = 0.25f;
  params.xtc_threshold = 0.1f;
  // Excluded: the two best; what is left is 0.15 and 0.05.
  expect_distribution(params, logits,
                      {0.75 * 0.5, 0.75 * 0.3, 0.75 * 0.15 + 0.25 * 0.75, 0.75 * 0.05 + 0.25 * 0.25});
}

TEST(Sampler, GreedyTakesTheLowestIdOfTheBest) {
  SamplingParams params = plain();
  params.temperature = 0.0f;
  params.top_k = 1;
  Sampler sampler(params, no_bytes());
  std::vector<float> logits(50000, -1.0f);
  logits[40000] = logits[123] = logits[124] = 5.0f;
  EXPECT_EQ(sample_at(sampler, logits, 9), 123);
}

TEST(Sampler, DependsOnSeedAndPositionAlone) {
  const auto logits = random_logits(1000, 1);
  Sampler one(plain(), no_bytes()), other(plain(), no_bytes());
  std::vector<TokenId> forward, backward;
  for (size_t position = 0; position < 50; ++position) forward.push_back(sample_at(one, logits, position));
  for (size_t position = 50; position-- > 0;) backward.push_back(sample_at(other, logits, position));
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(forward, backward);
  SamplingParams params = plain();
  params.seed = 43;
  Sampler different(params, no_bytes());
  int same = 0;
  for (size_t position = 0; position < 50; ++position) {
    same += int(sample_at(different, logits, position) == forward[position]);
  }
  EXPECT_LT(same, 10);
}

TEST(Sampler, OrderOfStepsMatters) {
  const std::vector<float> logits = {std::log(0.4f), std::log(0.3f), std::log(0.2f), std::log(0.1f)};
  SamplingParams params = plain();
  params.top_k = 2;
  params.top_p = 0.65f;  // of all: two tokens; of the two best: 0.57 + ..., so two as well; of 0.5: one
  const auto reached = [&](SamplingParams p) {
    Sampler sampler(std::move(p), no_bytes());
    std::vector<bool> seen(4, false);
    for (size_t i = 0; i < 2000; ++i) seen[size_t(sample_at(sampler, logits, i))] = true;
    return seen;
  };
  params.top_p = 0.55f;
  EXPECT_EQ(reached(params), (std::vector<bool>{true, false, false, false})) << "top_k, then top_p of 0.57";
  params.order = {SamplerStep::kTopP, SamplerStep::kTopK};
  EXPECT_EQ(reached(params), (std::vector<bool>{true, true, false, false})) << "top_p of 0.4, 0.3 first";
  params.order = {};
  EXPECT_EQ(reached(params), (std::vector<bool>{true, true, true, true})) << "no step, no cut";
}

TEST(Sampler, LogitBiasForcesAndForbids) {
  const auto logits = random_logits(100, 2);
  SamplingParams params = plain();
  params.logit_bias = {{17, 100.0f}};
  Sampler forced(params, no_bytes());
  EXPECT_EQ(sample_at(forced, logits, 0), 17);
  params.logit_bias = {{17, -kInfinity}};
  params.temperature = 1000.0f;
  Sampler forbidden(params, no_bytes());
  for (size_t i = 0; i < 3000; ++i) EXPECT_NE(sample_at(forbidden, logits, i), 17);
}

/// Mirostat 2 in f64 by its definition, one draw at a time.
struct SlowMirostat {
  double tau, eta, bound;

  TokenId draw(const std::vector<float>& logits, double chance) {
    struct Item {
      double logit;
      TokenId id;
    };
    std::vector<Item> items;
    double total = 0.0;
    for (size_t i = 0; i < logits.size(); ++i) items.push_back({double(logits[i]), TokenId(i)});
    for (const Item& item : items) total += std::exp(item.logit);
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.logit > b.logit; });
    size_t kept = 1;
    while (kept < items.size() && -std::log2(std::exp(items[kept].logit) / total) <= bound) ++kept;
    double left = 0.0, sum = 0.0;
    for (size_t i = 0; i < kept; ++i) left += std::exp(items[i].logit);
    for (size_t i = 0; i < kept; ++i) {
      sum += std::exp(items[i].logit) / left;
      if (sum > chance || i + 1 == kept) {
        bound -= eta * (-std::log2(std::exp(items[i].logit) / left) - tau);
        return items[i].id;
      }
    }
    return -1;
  }
};

TEST(Sampler, MirostatEqualsItsDefinition) {
  SamplingParams params = plain();
  params.mirostat = {.enabled = true, .tau = 3.0f, .eta = 0.1f};
  Sampler sampler(params, no_bytes());
  SlowMirostat reference{3.0, double(0.1f), 6.0};
  std::vector<TokenId> history;
  for (uint32_t i = 0; i < 2000; ++i) {
    const auto logits = random_logits(200, i, 1.5f);
    const TokenId expected = reference.draw(logits, uniform(42, i, RandomStream::kToken));
    auto scratch = logits;
    ASSERT_EQ(sampler.sample(scratch, {history, 0})->id, expected) << "draw " << i;
    history.push_back(expected);
  }
}

TEST(Sampler, LogprobsAreTheModelsOwn) {
  SamplingParams params = plain();
  params.num_logprobs = 3;
  params.temperature = 0.3f;
  params.logit_bias = {{1, 50.0f}};
  Sampler sampler(params, no_bytes());
  std::vector<float> logits = {0.0f, -1.0f, 1.0f, -2.0f};
  const double total = std::log(1.0 + std::exp(-1.0) + std::exp(1.0) + std::exp(-2.0));
  const SampledToken token = *sampler.sample(logits, {});
  EXPECT_EQ(token.id, 1);
  EXPECT_NEAR(double(token.logprob), -1.0 - total, 1e-6);
  ASSERT_EQ(token.top_logprobs.size(), 3u);
  EXPECT_EQ(token.top_logprobs[0].first, 2);
  EXPECT_EQ(token.top_logprobs[1].first, 0);
  EXPECT_EQ(token.top_logprobs[2].first, 1);
  EXPECT_NEAR(double(token.top_logprobs[0].second), 1.0 - total, 1e-6);
}

TEST(Sampler, GreedyTakesTheFirstOfTheBest) {
  std::mt19937 random(1);
  SamplingParams params;
  params.temperature = 0.0f;
  params.seed = 1;
  params.num_logprobs = 1;
  for (size_t size = 1; size < 600; size += 7) {
    std::vector<float> logits(size);
    for (float& logit : logits) logit = float(random() % 50) - 25.0f;
    if (size > 20) logits[3] = logits[9] = -kInfinity;
    size_t expected = size;
    for (size_t i = 0; i < size; ++i) {
      if (expected < size && !(logits[i] > logits[expected])) continue;
      expected = i;
    }
    const float best = logits[expected];
    Sampler sampler(params, {});
    const auto token = sampler.sample(logits, {});
    ASSERT_TRUE(token.has_value());
    EXPECT_EQ(size_t(token->id), expected);
    ASSERT_EQ(token->top_logprobs.size(), 1u);
    EXPECT_EQ(token->top_logprobs[0].first, token->id);
    EXPECT_EQ(token->top_logprobs[0].second, token->logprob);
    EXPECT_EQ(logits[expected], best);
  }
}

TEST(Sampler, NothingToDrawIsAnError) {
  Sampler sampler(plain(), no_bytes());
  std::vector<float> logits(10, -kInfinity);
  EXPECT_EQ(sampler.sample(logits, {}).error().code, ErrorCode::kNotFinite);
}

TEST(Sampler, WhatIsNoNumberIsAnError) {
  for (const float temperature : {0.0f, 1.0f}) {
    for (const float bad : {kNan, -kNan, kInfinity}) {
      for (const size_t place : {0, 7, 99}) {
        SamplingParams params = plain();
        params.temperature = temperature;
        params.num_logprobs = 1;
        Sampler sampler(params, no_bytes());
        std::vector<float> logits = random_logits(100, 1);
        logits[(place + 13) % 100] = -kInfinity;
        logits[place] = bad;
        const std::vector<TokenId> history(5, 0);
        const auto token = sampler.sample(logits, {history, 5});
        ASSERT_FALSE(token.has_value());
        EXPECT_EQ(token.error().code, ErrorCode::kNotFinite);
        EXPECT_NE(token.error().message.find(fmt::format("the logit of token {} as", place)),
                  std::string::npos)
            << token.error().message;
        EXPECT_NE(token.error().message.find("at position 4"), std::string::npos);
      }
    }
  }
}

TEST(Sampler, UnnamedTokensCountInTheSumAndNowhereElse) {
  const std::vector<TokenId> unnamed = {1, 4, 6, 7};
  for (const float temperature : {0.0f, 5.0f}) {
    SamplingParams params = plain();
    params.temperature = temperature;
    params.num_logprobs = 8;
    Sampler sampler(params, no_bytes(), unnamed);
    for (size_t draw = 0; draw < 200; ++draw) {
      std::vector<float> logits = {0.0f, 9.0f, 1.0f, -1.0f, 8.0f, 2.0f, 7.0f, 7.5f};
      double total = 0.0;
      for (const float logit : logits) total += std::exp(double(logit));
      const float second = logits[2];
      const std::vector<TokenId> history(draw, 0);
      const SampledToken token = *sampler.sample(logits, {history, 0});
      EXPECT_FALSE(std::ranges::binary_search(unnamed, token.id)) << token.id;
      ASSERT_EQ(token.top_logprobs.size(), 4u);
      EXPECT_EQ(token.top_logprobs[0].first, 5);
      EXPECT_EQ(token.top_logprobs[1].first, 2);
      EXPECT_NEAR(double(token.top_logprobs[1].second), double(second) - std::log(total), 1e-5);
    }
  }
}

TEST(Sampler, AnyAcceptedParametersGiveALegalToken) {
  std::mt19937 random(9);
  const auto pick = [&](std::initializer_list<float> values) {
    return values.begin()[random() % values.size()];
  };
  const float huge = std::numeric_limits<float>::max(), tiny = 1e-38f;
  for (int round = 0; round < 3000; ++round) {
    SamplingParams params;
    params.seed = random();
    params.temperature = pick({0.0f, tiny, 1e-6f, 0.7f, 1.0f, 999999.0f, huge});
    params.dynamic_temperature_range = pick({0.0f, 0.0f, 0.5f, huge});
    params.dynamic_temperature_exponent = pick({0.0f, 1.0f, huge});
    params.top_k = int(pick({0.0f, 1.0f, 40.0f, 2e9f}));
    params.top_p = pick({tiny, 0.5f, 0.95f, 1.0f});
    params.min_p = pick({0.0f, tiny, 0.05f, 1.0f});
    params.typical_p = pick({tiny, 0.5f, 1.0f});
    params.top_n_sigma = pick({0.0f, tiny, 1.0f, huge});
    params.xtc_probability = pick({0.0f, 0.5f, 1.0f});
    params.xtc_threshold = pick({0.0f, 0.1f, 0.5f, 1.0f});
    params.repetition_penalty = pick({tiny, 1.0f, 1.1f, huge});
    params.presence_penalty = pick({-huge, 0.0f, 1.0f, huge});
    params.frequency_penalty = pick({-huge, 0.0f, 1.0f, huge});
    params.dry.multiplier = pick({0.0f, 0.8f, huge});
    params.dry.base = pick({1.0f, 1.75f, huge});
    params.mirostat.enabled = random() % 4 == 0;
    params.mirostat.tau = pick({0.0f, 5.0f, huge});
    params.mirostat.eta = pick({0.0f, 0.1f, 1.0f});
    std::shuffle(params.order.begin(), params.order.end(), random);
    const size_t vocab_size = 1 + random() % 300;
    params.logit_bias = {{0, pick({-huge, 0.0f, huge})}};
    ASSERT_TRUE(validate(params, vocab_size).has_value());
    Sampler sampler(params, no_bytes());
    std::vector<TokenId> history;
    for (int i = 0; i < 6; ++i) {
      auto logits = random_logits(vocab_size, uint32_t(round), pick({0.0f, 1.0f, 1e30f}));
      if (vocab_size > 2) logits[1] = -kInfinity;
      const auto token = sampler.sample(logits, {history, 2});
      ASSERT_TRUE(token.has_value()) << "round " << round;
      ASSERT_GE(token->id, 0);
      ASSERT_LT(size_t(token->id), vocab_size);
      ASSERT_TRUE(vocab_size <= 2 || token->id != 1) << "round " << round;
      history.push_back(token->id);
    }
  }
}

struct BadParam {
  const char* name;
  void (*spoil)(SamplingParams&, float);
};

TEST(SamplingParams, EveryBadValueIsRefusedByName) {
  const BadParam params[] = {
      {"temperature", [](auto& p, float v) { p.temperature = v; }},
      {"dynatemp_range", [](auto& p, float v) { p.dynamic_temperature_range = v; }},
      {"dynatemp_exponent", [](auto& p, float v) { p.dynamic_temperature_exponent = v; }},
      {"top_p", [](auto& p, float v) { p.top_p = v; }},
      {"min_p", [](auto& p, float v) { p.min_p = v; }},
      {"typical_p", [](auto& p, float v) { p.typical_p = v; }},
      {"top_n_sigma", [](auto& p, float v) { p.top_n_sigma = v; }},
      {"xtc_probability", [](auto& p, float v) { p.xtc_probability = v; }},
      {"xtc_threshold", [](auto& p, float v) { p.xtc_threshold = v; }},
      {"repetition_penalty", [](auto& p, float v) { p.repetition_penalty = v; }},
      {"dry_multiplier", [](auto& p, float v) { p.dry.multiplier = v; }},
      {"dry_base", [](auto& p, float v) { p.dry.base = v; }},
      {"mirostat_tau", [](auto& p, float v) { p.mirostat.tau = v; }},
      {"mirostat_eta", [](auto& p, float v) { p.mirostat.eta = v; }},
  };
  for (const BadParam& param : params) {
    for (float value : {kNan, kInfinity, -kInfinity, -1.0f}) {
      SamplingParams spoilt;
      param.spoil(spoilt, value);
      const Status status = validate(spoilt, 100);
      ASSERT_FALSE(status.has_value()) << param.name << " " << value;
      EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
      EXPECT_NE(status.error().message.find(param.name), std::string::npos) << status.error().message;
      EXPECT_FALSE(status.error().hint.empty());
    }
  }
  for (float value : {kNan, kInfinity, -kInfinity}) {
    SamplingParams spoilt;
    spoilt.presence_penalty = value;
    EXPECT_FALSE(validate(spoilt, 100).has_value());
    spoilt = {};
    spoilt.frequency_penalty = value;
    EXPECT_FALSE(validate(spoilt, 100).has_value());
  }
}

TEST(SamplingParams, CountsBiasAndOrderAreChecked) {
  SamplingParams params;
  EXPECT_TRUE(validate(params, 100).has_value());
  params.top_k = -1;
  EXPECT_FALSE(validate(params, 100).has_value());
  params = {};
  params.logit_bias = {{100, 1.0f}};
  EXPECT_FALSE(validate(params, 100).has_value());
  params.logit_bias = {{99, kNan}};
  EXPECT_FALSE(validate(params, 100).has_value());
  params = {};
  params.order = {SamplerStep::kTopK, SamplerStep::kTopK};
  EXPECT_FALSE(validate(params, 100).has_value());
  params = {};
  params.dry.sequence_breakers = {""};
  EXPECT_FALSE(validate(params, 100).has_value());
  EXPECT_EQ(*parse_sampler_step("typ_p"), SamplerStep::kTypical);
  EXPECT_FALSE(parse_sampler_step("nonsense").has_value());
}

}  // namespace
}  // namespace hearth
