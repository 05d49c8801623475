#include "engine/sample/weight_histogram.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "engine/sample/logit_math.h"

namespace hearth {
namespace {

constexpr float kScale = 1.3f;

/// The best first; the last two weigh nothing.
std::vector<float> sorted_logits(size_t count) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0.0f, 3.0f);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = normal(random);
  logits[0] = -500.0f;
  logits[1] = -std::numeric_limits<float>::infinity();
  std::ranges::sort(logits, std::greater());
  return logits;
}

double weight(const std::vector<float>& logits, float logit) {
  return double(exp_negative((logit - logits[0]) * kScale));
}

TEST(WeightHistogram, SumsAreTheSameBitsInAnyOrder) {
  auto logits = sorted_logits(20003);
  WeightHistogram histogram;
  histogram.reset(logits[0], kScale);
  histogram.add(logits);
  const double total = histogram.total(), wanted = 0.7 * total;
  const auto place = histogram.find(wanted);
  EXPECT_NEAR(total, sum_exp(logits, logits[0], kScale), 1e-12 * total);
  std::mt19937 random(8);
  for (int round = 0; round < 5; ++round) {
    auto shuffled = logits;
    std::ranges::shuffle(shuffled, random);
    histogram.reset(logits[0], kScale);
    const size_t part = random() % shuffled.size();
    histogram.add(std::span(shuffled).first(part));
    histogram.add(std::span(shuffled).subspan(part));
    EXPECT_EQ(histogram.total(), total);
    EXPECT_EQ(histogram.find(wanted).bucket, place.bucket);
    EXPECT_EQ(histogram.find(wanted).above, place.above);
  }
}

TEST(WeightHistogram, FindsWhatASumFromTheBestFinds) {
  const auto logits = sorted_logits(20003);
  for (const double share : {0.0, 1e-4, 0.3, 0.6, 0.95, 0.999999}) {
    SCOPED_TRACE(share);
    WeightHistogram histogram;
    histogram.reset(logits[0], kScale);
    histogram.add(logits);
    const double wanted = share * histogram.total();
    double sum = 0.0;
    size_t last = 0;
    while ((sum += weight(logits, logits[last])) < wanted) ++last;

    const auto place = histogram.find(wanted);
    EXPECT_TRUE(place.reached);
    EXPECT_TRUE(histogram.holds(place.bucket, logits[last]));
    double above = 0.0, held = 0.0, count = 0.0;
    for (const float logit : logits) {
      const bool holds = histogram.holds(place.bucket, logit);
      if (holds) count += 1.0;
      (holds ? held : above) += holds || logit > logits[last] ? weight(logits, logit) : 0.0;
    }
    EXPECT_NEAR(place.above, above, 1e-12 * wanted);
    EXPECT_EQ(place.sum, held);
    EXPECT_NEAR(histogram.count(place), count, 0.02 * count);

    histogram.divide(place.bucket);
    histogram.add(logits);
    EXPECT_EQ(histogram.total(), held) << "of that bucket alone";
    const auto part = histogram.find(wanted, place.above);
    EXPECT_TRUE(part.reached);
    EXPECT_TRUE(histogram.holds(part.bucket, logits[last]));
    for (const float logit : logits) {
      ASSERT_FALSE(histogram.holds(part.bucket, logit) && std::abs(logit - logits[last]) > 1e-4f);
    }
  }
}

TEST(WeightHistogram, MoreThanThereIsEndsInTheLastThatWeighs) {
  WeightHistogram histogram;
  histogram.reset(3.0f, 1.0f);
  EXPECT_FALSE(histogram.find(1.0).reached);
  const std::vector<float> logits = {3.0f, 1.0f, -84.0f, -84.5f, -1e30f};
  histogram.add(logits);
  const auto place = histogram.find(100.0);
  EXPECT_FALSE(place.reached);
  EXPECT_TRUE(histogram.holds(place.bucket, -84.0f));
  EXPECT_FALSE(histogram.holds(place.bucket, -84.5f));
}

}  // namespace
}  // namespace hearth
