#include "engine/sample/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "engine/sample/logit_math.h"
#include "engine/sample/philox.h"
#include "engine/sample/sampler.h"
#include "engine/sample/sampler_steps.h"

namespace hearth {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
/// Sums of all weights may round differently by this much of their value.
constexpr double kRounding = 1e-12;

/// Every candidate sorted, and the sums of their weights in that order.
struct Sorted {
  std::vector<Candidates::Item> items;
  std::vector<double> sums;

  Sorted(const std::vector<float>& logits, float scale) {
    for (size_t i = 0; i < logits.size(); ++i) {
      if (logits[i] > -kInfinity) items.push_back({logits[i], TokenId(i)});
    }
    std::ranges::sort(items, [](const Candidates::Item& a, const Candidates::Item& b) {
      return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
    });
    weigh(scale);
  }
  void weigh(float scale) {
    double sum = 0.0;
    sums.clear();
    for (const auto& item : items) {
      sums.push_back(sum += double(exp_negative((item.logit - items[0].logit) * scale)));
    }
  }
  double total() const { return sums.back(); }

  /// Whether the token at this rank is the first with which the sum comes to `weight`, to `passes` it where
  /// that is asked, but for rounding.
  bool is_first(size_t rank, double weight, bool passes = false) const {
    const double slack = kRounding * total();
    const double before = rank > 0 ? sums[rank - 1] : -1.0, with = sums[rank];
    const bool exact = passes ? before <= weight && weight < with : before < weight && weight <= with;
    return exact || (before < weight + slack && weight - slack <= with);
  }
  size_t rank_of(TokenId id) const {
    return size_t(std::ranges::find(items, id, &Candidates::Item::id) - items.begin());
  }
};

struct Shape {
  const char* name;
  float (*logit)(std::mt19937& random, size_t index, size_t count);
};

float normal(std::mt19937& random, float spread) {
  return std::normal_distribution<float>(0.0f, spread)(random);
}

const Shape kShapes[] = {
    {"equal", [](std::mt19937&, size_t, size_t) { return 2.5f; }},
    {"two values", [](std::mt19937& random, size_t, size_t) { return random() % 2 == 0 ? 1.0f : 0.75f; }},
    {"rising", [](std::mt19937&, size_t index, size_t) { return 1e-5f * float(index); }},
    {"falling", [](std::mt19937&, size_t index, size_t count) { return 1e-5f * float(count - index); }},
    {"narrow", [](std::mt19937& random, size_t, size_t) { return normal(random, 0.01f); }},
    {"flat", [](std::mt19937& random, size_t, size_t) { return normal(random, 1.0f); }},
    {"flat with ties",
     [](std::mt19937& random, size_t, size_t) { return std::round(8.0f * normal(random, 1.0f)) / 8.0f; }},
    {"half forbidden", [](std::mt19937& random, size_t index,
                          size_t) { return index % 2 == 1 ? -kInfinity : normal(random, 1.0f); }},
    {"wide", [](std::mt19937& random, size_t, size_t) { return normal(random, 3.0f); }},
    {"wider", [](std::mt19937& random, size_t, size_t) { return normal(random, 20.0f); }},
    {"peak over flat",
     [](std::mt19937& random, size_t index, size_t count) {
       return normal(random, 1.0f) + (index == count / 2 ? 15.0f : 0.0f);
     }},
    {"head over wide", [](std::mt19937& random, size_t index,
                          size_t) { return normal(random, 2.5f) + (index % 1009 == 5 ? 14.0f : 0.0f); }},
    {"steps", [](std::mt19937& random, size_t index,
                 size_t) { return -9.0f * float(index % 5) + normal(random, 0.2f); }},
    {"huge", [](std::mt19937&, size_t, size_t) { return 1e30f; }},
    {"huge and small", [](std::mt19937&, size_t index, size_t) { return index % 3 == 1 ? 1e30f : -1e30f; }},
};

constexpr int kNumQuestions = 6;

/// Asks what must not change the answers to later questions.
void ask_about(Candidates& candidates, int what) {
  const size_t size = candidates.size();
  switch (what % kNumQuestions) {
    case 0:
      return;
    case 1:
      candidates.best(1);
      return;
    case 2:
      candidates.best(size / 3);
      return;
    case 3:
      candidates.best(100);
      candidates.total_weight();
      return;
    case 4:
      candidates.all();
      return;
    default:
      candidates.reach(0.3 * candidates.total_weight());
      candidates.entropy();
  }
}

void expect_nucleus_and_draws(const std::vector<float>& logits) {
  Candidates candidates;
  int asked = 0;
  for (const float scale : {1.0f, 1.25f, 0.01f, 10.0f}) {
    const Sorted whole(logits, scale);
    for (const float p : {1e-6f, 0.3f, 0.5f, 0.95f, 0.9999f}) {
      SCOPED_TRACE(testing::Message() << "scale " << scale << ", p " << p);
      auto edited = logits;
      candidates.reset(edited);
      candidates.multiply_scale(scale);
      ask_about(candidates, asked++);
      ASSERT_NEAR(candidates.total_weight(), whole.total(), kRounding * whole.total());
      apply_top_p(candidates, p);
      Sorted kept = whole;
      const size_t size = candidates.size();
      ASSERT_TRUE(whole.is_first(size - 1, double(p) * whole.total())) << size << " kept";
      kept.items.resize(size);

      candidates.multiply_scale(0.5f);
      kept.weigh(0.5f * scale);
      ask_about(candidates, asked++);
      ASSERT_NEAR(candidates.total_weight(), kept.total(), kRounding * kept.total());
      for (const double chance : {0.0, 1e-9, 0.2, 0.5, 0.77, 0.999, 1.0 - 0x1p-53}) {
        const double border = chance * candidates.total_weight();
        const auto drawn = candidates.reach(std::nextafter(border, double(kInfinity)));
        const size_t rank = kept.rank_of(drawn.id);
        ASSERT_LT(rank, size);
        ASSERT_TRUE(kept.is_first(rank, border, true)) << "chance " << chance << " drew rank " << rank;
      }
      const auto ranked = candidates.best(size);
      for (size_t i = 0; i < size; ++i) ASSERT_EQ(ranked[i].id, kept.items[i].id) << "rank " << i;
    }
  }
}

void expect_same_bits_whatever_was_asked(const std::vector<float>& logits) {
  Candidates candidates;
  std::vector<double> first;
  for (int before = 0; before < kNumQuestions; ++before) {
    auto edited = logits;
    candidates.reset(edited);
    std::vector<double> answers;
    const auto answer = [&](double chance) {
      ask_about(candidates, before);
      answers.push_back(candidates.total_weight());
      answers.push_back(double(candidates.size()));
      answers.push_back(double(candidates.reach(chance * candidates.total_weight()).id));
    };
    answer(0.4);
    candidates.keep_weight(0.9 * candidates.total_weight());
    candidates.multiply_scale(1.4f);
    answer(0.99);
    candidates.drop_best(2);
    answer(0.8);
    candidates.keep_at_least(candidates.max_logit() - 2.0f);
    answer(0.6);
    candidates.keep_best(50);
    answer(0.9);
    if (before == 0) first = answers;
    ASSERT_EQ(answers, first) << "asked " << before;
  }
}

void expect_sampler_draws_by_its_seed(const std::vector<float>& logits) {
  SamplingParams params;
  params.temperature = 0.8f;
  params.top_p = 0.9f;
  params.min_p = 0.0f;
  params.seed = 7;
  Sampler sampler(params, [](TokenId) { return std::string_view(); });
  Sorted sorted(logits, 1.0f);
  const double wanted = double(params.top_p) * sorted.total();
  const auto last = std::ranges::lower_bound(sorted.sums, wanted * (1.0 - kRounding));
  sorted.items.resize(size_t(last - sorted.sums.begin()) + 1);
  sorted.weigh(1.0f / 0.8f);
  const std::vector<TokenId> history(12, 0);
  for (size_t position = 0; position < history.size(); ++position) {
    auto edited = logits;
    const auto token = sampler.sample(edited, {std::span(history).first(position), position});
    ASSERT_TRUE(token.has_value());
    const double chance = uniform(7, position, RandomStream::kToken);
    const size_t rank = sorted.rank_of(token->id);
    ASSERT_LT(rank, sorted.items.size());
    ASSERT_TRUE(sorted.is_first(rank, chance * sorted.total(), true)) << "position " << position;
  }
}

class CandidatesOfShape : public testing::TestWithParam<Shape> {};

TEST_P(CandidatesOfShape, EqualASortOfAll) {
  for (const size_t count : {1, 2, 5, 300, 5000, 131072}) {
    SCOPED_TRACE(testing::Message() << count << " tokens");
    std::mt19937 random{uint32_t(count)};
    std::vector<float> logits;
    for (size_t i = 0; i < count; ++i) logits.push_back(GetParam().logit(random, i, count));
    expect_nucleus_and_draws(logits);
    expect_same_bits_whatever_was_asked(logits);
    expect_sampler_draws_by_its_seed(logits);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, CandidatesOfShape, testing::ValuesIn(kShapes), [](const auto& test) {
  std::string name = test.param.name;
  std::ranges::replace(name, ' ', '_');
  return name;
});

TEST(Candidates, ASumThatEndsAtATokenIsReachedByItAndPassedByTheNext) {
  std::vector<float> logits(8, 0.0f);
  Candidates candidates;
  candidates.reset(logits);
  EXPECT_EQ(candidates.reach(3.0).id, 2);
  EXPECT_EQ(candidates.reach(std::nextafter(3.0, 4.0)).id, 3);
  EXPECT_EQ(candidates.reach(0.0).id, 0);
  EXPECT_EQ(candidates.reach(9.0).id, 7) << "more than there is";
}

TEST(Candidates, WhatWeighsNothingIsNotReached) {
  std::vector<float> logits = {-200.0f, 0.0f, -50.0f, -88.0f, -kInfinity};
  Candidates candidates;
  candidates.reset(logits);
  EXPECT_EQ(candidates.reach(2.0).id, 2);
  EXPECT_EQ(candidates.size(), 4u);
}

TEST(Candidates, ALargePartThatIsKeptCanBeChangedFurther) {
  std::vector<float> logits(1000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = -1e-3f * float(i);
  Candidates candidates;
  candidates.reset(logits);
  candidates.keep_at_least(-0.7995f);
  EXPECT_EQ(candidates.size(), 800u);
  EXPECT_EQ(candidates.logit(800), -kInfinity);
  const std::vector<Candidates::Item> changes = {{5.0f, 799}, {6.0f, 800}, {-kInfinity, 0}};
  candidates.replace(changes);
  EXPECT_EQ(candidates.size(), 799u) << "what was dropped stays so";
  EXPECT_EQ(candidates.max_logit(), 5.0f);
  EXPECT_EQ(candidates.best(2)[0].id, 799);
  EXPECT_EQ(candidates.best(2)[1].id, 1);
  candidates.drop_best(1);
  EXPECT_EQ(candidates.max_logit(), -1e-3f);
  EXPECT_EQ(candidates.reach(1.0).id, 1);
  EXPECT_EQ(candidates.size(), 798u);
  EXPECT_EQ(candidates.logit(799), -kInfinity);
}

}  // namespace
}  // namespace hearth
