#include "engine/sample/sampler_steps.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "engine/sample/penalties.h"

namespace hearth {
namespace {

/// The truth: every candidate, sorted, in f64, by the definitions.
struct Reference {
  struct Item {
    TokenId id;
    double logit;
  };
  std::vector<Item> items;

  explicit Reference(const std::vector<float>& logits) {
    for (size_t i = 0; i < logits.size(); ++i) {
      if (std::isfinite(logits[i])) items.push_back({TokenId(i), double(logits[i])});
    }
    sort();
  }
  void sort() {
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
      return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
    });
  }
  std::vector<double> shares() const {
    double max = items[0].logit, sum = 0.0;
    for (const Item& item : items) max = std::max(max, item.logit);
    std::vector<double> shares;
    for (const Item& item : items) shares.push_back(std::exp(item.logit - max));
    for (double share : shares) sum += share;
    for (double& share : shares) share /= sum;
    return shares;
  }
  double entropy() const {
    double entropy = 0.0;
    for (double share : shares()) entropy -= share > 0.0 ? share * std::log(share) : 0.0;
    return entropy;
  }

  void top_k(size_t k) { items.resize(std::min(items.size(), k)); }
  void top_p(double p) {
    double sum = 0.0;
    const auto share = shares();
    for (size_t i = 0; i < items.size(); ++i) {
      sum += share[i];
      if (sum >= p) return top_k(i + 1);
    }
  }
  void min_p(double p) {
    const double best = items[0].logit;
    std::erase_if(items, [&](const Item& item) { return std::exp(item.logit - best) < p; });
  }
  void typical(double p) {
    const double mean = entropy();
    const auto share = shares();
    std::vector<size_t> order(items.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      const double distance_a = std::abs(-std::log(share[a]) - mean);
      const double distance_b = std::abs(-std::log(share[b]) - mean);
      return distance_a < distance_b || (distance_a == distance_b && a < b);
    });
    std::vector<Item> kept;
    double sum = 0.0;
    for (size_t i : order) {
      kept.push_back(items[i]);
      sum += share[i];
      if (sum > p) break;
    }
    items = kept;
    sort();
  }
  void top_n_sigma(double n) {
    double mean = 0.0, squares = 0.0;
    for (const Item& item : items) mean += item.logit / double(items.size());
    for (const Item& item : items) squares += (item.logit - mean) * (item.logit - mean);
    const double floor = items[0].logit - n * std::sqrt(squares / double(items.size()));
    std::erase_if(items, [&](const Item& item) { return item.logit < floor; });
  }
  void xtc(double threshold) {
    const auto share = shares();
    size_t above = 0;
    while (above < items.size() && share[above] >= threshold) ++above;
    if (above > 1) items.erase(items.begin(), items.begin() + ptrdiff_t(above - 1));
  }
  void temperature(double t) {
    for (Item& item : items) item.logit /= t;
  }
  void dynamic_temperature(double t, double range, double exponent) {
    if (items.size() < 2) return temperature(t);
    const double low = std::max(0.0, t - range), high = t + range;
    temperature(low + (high - low) * std::pow(entropy() / std::log(double(items.size())), exponent));
  }
};

std::vector<float> random_logits(size_t count, uint32_t seed, float spread) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

/// Same tokens, same probabilities within 1e-5 relative.
void expect_same(Candidates& candidates, const Reference& reference) {
  const auto ranked = candidates.best(candidates.size());
  ASSERT_EQ(ranked.size(), reference.items.size());
  const auto shares = reference.shares();
  const double total = candidates.total_weight();
  for (size_t i = 0; i < ranked.size(); ++i) {
    ASSERT_EQ(ranked[i].id, reference.items[i].id) << "rank " << i;
    const double share = candidates.weight(ranked[i]) / total;
    ASSERT_NEAR(share, shares[i], 1e-5 * shares[i] + 1e-30) << "rank " << i;
  }
}

struct Step {
  const char* name;
  std::function<void(Candidates&)> fast;
  std::function<void(Reference&)> exact;
};

SamplingParams with_temperature(float t, float range = 0.0f, float exponent = 1.0f) {
  SamplingParams params;
  params.temperature = t;
  params.dynamic_temperature_range = range;
  params.dynamic_temperature_exponent = exponent;
  return params;
}

std::vector<Step> steps() {
  return {
      {"top_k", [](auto& c) { c.keep_best(40); }, [](auto& r) { r.top_k(40); }},
      {"top_p", [](auto& c) { apply_top_p(c, 0.9f); }, [](auto& r) { r.top_p(double(0.9f)); }},
      {"min_p", [](auto& c) { apply_min_p(c, 0.03f); }, [](auto& r) { r.min_p(double(0.03f)); }},
      {"typical", [](auto& c) { apply_typical(c, 0.8f); }, [](auto& r) { r.typical(double(0.8f)); }},
      {"top_n_sigma", [](auto& c) { apply_top_n_sigma(c, 2.0f); }, [](auto& r) { r.top_n_sigma(2.0); }},
      {"xtc", [](auto& c) { apply_xtc(c, 0.5f, 0.02f, 0.4); }, [](auto& r) { r.xtc(double(0.02f)); }},
      {"temperature", [](auto& c) { apply_temperature(c, with_temperature(0.6f)); },
       [](auto& r) { r.temperature(double(0.6f)); }},
      {"hot", [](auto& c) { apply_temperature(c, with_temperature(3.0f)); },
       [](auto& r) { r.temperature(3.0); }},
      {"dynamic", [](auto& c) { apply_temperature(c, with_temperature(1.0f, 0.5f, 1.5f)); },
       [](auto& r) { r.dynamic_temperature(1.0, 0.5, 1.5); }},
  };
}

class SamplerSteps : public testing::TestWithParam<std::pair<size_t, float>> {};

TEST_P(SamplerSteps, EachEqualsTheReference) {
  const auto [count, spread] = GetParam();
  for (const Step& step : steps()) {
    SCOPED_TRACE(step.name);
    auto logits = random_logits(count, 11, spread);
    logits[count / 2] = -std::numeric_limits<float>::infinity();
    logits[count / 3] = logits[count / 3 + 1];  // equals
    Reference reference(logits);
    Candidates candidates;
    candidates.reset(logits);
    step.fast(candidates);
    step.exact(reference);
    expect_same(candidates, reference);
  }
}

TEST_P(SamplerSteps, EveryOrderOfThreeEqualsTheReference) {
  const auto [count, spread] = GetParam();
  const auto all = steps();
  Candidates candidates;
  for (size_t code = 0; code < all.size() * all.size() * all.size(); ++code) {
    if (count > 1000 && code % 29 != 0) continue;
    const size_t order[] = {code % all.size(), code / all.size() % all.size(),
                            code / all.size() / all.size()};
    SCOPED_TRACE(testing::Message() << all[order[0]].name << " " << all[order[1]].name << " "
                                    << all[order[2]].name);
    auto logits = random_logits(count, uint32_t(code), spread);
    Reference reference(logits);
    candidates.reset(logits);
    for (size_t step : order) {
      all[step].fast(candidates);
      all[step].exact(reference);
    }
    expect_same(candidates, reference);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SamplerSteps,
                         testing::Values(std::pair<size_t, float>{7, 2.0f},
                                         std::pair<size_t, float>{300, 3.0f},
                                         std::pair<size_t, float>{49152, 2.5f}));

TEST(SamplerStepsEdges, FlatAndExtremeLogits) {
  for (float value : {0.0f, 1e30f, -1e30f, 3e38f, -5.0f}) {
    std::vector<float> logits(5000, value);
    Candidates candidates;
    candidates.reset(logits);
    EXPECT_EQ(candidates.size(), 5000u);
    apply_top_p(candidates, 0.5f);
    EXPECT_EQ(candidates.size(), 2500u);
    EXPECT_EQ(candidates.best(1)[0].id, 0);
    candidates.keep_best(3);
    EXPECT_EQ(candidates.best(3)[2].id, 2);
  }
}

TEST(SamplerStepsEdges, NanAndInfinityAreNoCandidates) {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  std::vector<float> logits = {nan, 1.0f, -infinity, 2.0f, nan};
  Candidates candidates;
  candidates.reset(logits);
  EXPECT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates.best(1)[0].id, 3);
  std::vector<float> nothing(100, nan);
  candidates.reset(nothing);
  EXPECT_TRUE(candidates.empty());
}

TEST(SamplerStepsEdges, XtcKeepsTheLeastProbableOfTheTopChoices) {
  std::vector<float> logits = {3.0f, 2.9f, 2.8f, -5.0f};
  Candidates candidates;
  candidates.reset(logits);
  apply_xtc(candidates, 0.5f, 0.1f, 0.6);  // not this time
  EXPECT_EQ(candidates.size(), 4u);
  apply_xtc(candidates, 0.5f, 0.1f, 0.4);
  ASSERT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates.best(2)[0].id, 2);
  apply_xtc(candidates, 1.0f, 0.0f, 0.0);
  EXPECT_EQ(candidates.size(), 1u);
}

// ---- penalties ----

TokenBytes letters() {
  static const std::vector<std::string> kBytes = {"a", "b", "c", "d", "\n", "e", "f", "g"};
  return [](TokenId id) { return std::string_view(kBytes[size_t(id)]); };
}

TEST(Penalties, FollowTheDefinition) {
  SamplingParams params;
  params.repetition_penalty = 1.5f;
  params.presence_penalty = 0.25f;
  params.frequency_penalty = 0.125f;
  params.penalty_last_n = 5;
  std::vector<float> logits = {3.0f, -3.0f, 2.0f, 1.0f, 0.0f};
  const std::vector<TokenId> tokens = {4, 3, 0, 1, 2, 2, 2};  // the first two are out of the window
  Candidates candidates;
  candidates.reset(logits);
  apply_penalties(candidates, params, {tokens, 4});
  EXPECT_FLOAT_EQ(candidates.logit(0), 3.0f / 1.5f);   // prompt only
  EXPECT_FLOAT_EQ(candidates.logit(1), -3.0f * 1.5f);  // negative: multiplied
  EXPECT_FLOAT_EQ(candidates.logit(2), 2.0f / 1.5f - 0.25f - 3 * 0.125f);
  EXPECT_FLOAT_EQ(candidates.logit(3), 1.0f);
  EXPECT_FLOAT_EQ(candidates.logit(4), 0.0f);
}

/// DRY by its definition: for each token, the longest run before an earlier place of it that also ends the
/// history, without a breaker in the run.
std::map<TokenId, double> slow_dry(const DryParams& params, const std::vector<TokenId>& tokens) {
  std::map<TokenId, double> penalties;
  for (size_t at = 1; at < tokens.size(); ++at) {
    size_t run = 0;
    while (run < at && tokens[at - 1 - run] == tokens[tokens.size() - 1 - run] && tokens[at - 1 - run] != 4) {
      ++run;
    }
    if (run < size_t(params.allowed_length)) continue;
    const double penalty =
        double(params.multiplier) * std::pow(double(params.base), double(run) - params.allowed_length);
    penalties[tokens[at]] = std::max(penalties[tokens[at]], penalty);
  }
  return penalties;
}

TEST(Penalties, DryEqualsItsDefinition) {
  DryParams params;
  params.multiplier = 0.8f;
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<TokenId> tokens(5 + random() % 60);
    for (TokenId& id : tokens) id = TokenId(random() % (round % 2 == 0 ? 3 : 5));
    params.allowed_length = 1 + int(random() % 3);
    std::vector<float> logits(8, 1.0f);
    Candidates candidates;
    candidates.reset(logits);
    apply_dry(candidates, params, {tokens, 0}, letters());
    const auto expected = slow_dry(params, tokens);
    for (TokenId id = 0; id < 8; ++id) {
      const double penalty = expected.contains(id) ? expected.at(id) : 0.0;
      ASSERT_NEAR(double(candidates.logit(id)), 1.0 - penalty, 1e-5 * (1.0 + penalty)) << "round " << round;
    }
  }
}

TEST(Penalties, DryBreakerMaySpanTokens) {
  DryParams params;
  params.multiplier = 1.0f;
  params.sequence_breakers = {"bc"};  // tokens 1, 2
  std::vector<float> logits(8, 0.0f);
  const std::vector<TokenId> tokens = {1, 2, 0, 3, 1, 2, 0};
  Candidates candidates;
  candidates.reset(logits);
  apply_dry(candidates, params, {tokens, 0}, letters());
  EXPECT_EQ(candidates.logit(3), 0.0f) << "the run behind the breaker is one token, two are allowed";
  params.sequence_breakers = {"zz"};
  apply_dry(candidates, params, {tokens, 0}, letters());
  EXPECT_FLOAT_EQ(candidates.logit(3), -1.75f);
}

}  // namespace
}  // namespace hearth
