#include "engine/schedule/pooled_vector.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace hearth {
namespace {

constexpr size_t kSize = 24;

std::vector<std::vector<float>> random_rows(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> rows(count, std::vector<float>(kSize));
  for (auto& row : rows) {
    for (float& value : row) value = normal(random);
  }
  return rows;
}

std::vector<float> pooled(const std::vector<std::vector<float>>& rows, const VectorOptions& options) {
  const PooledRows wanted = pooled_rows(options.pooling, rows.size());
  std::vector<double> sum(kSize);
  for (size_t i = wanted.first; i < wanted.end; ++i) add_row(rows[i], sum);
  return finished_vector(sum, wanted.end - wanted.first, options);
}

double length_of(const std::vector<float>& vector) {
  double squares = 0.0;
  for (const float value : vector) squares += double(value) * double(value);
  return std::sqrt(squares);
}

TEST(PooledVector, TakesTheRowsThatItIsMadeOf) {
  for (const size_t count : {1, 2, 7, 100}) {
    const auto rows = random_rows(count, uint32_t(count));
    EXPECT_EQ(pooled(rows, {.pooling = Pooling::kCls, .normalize = false}), rows.front());
    EXPECT_EQ(pooled(rows, {.pooling = Pooling::kLast, .normalize = false}), rows.back());
    const auto mean = pooled(rows, {.pooling = Pooling::kMean, .normalize = false});
    for (size_t column = 0; column < kSize; ++column) {
      double sum = 0.0;
      for (const auto& row : rows) sum += double(row[column]);
      EXPECT_FLOAT_EQ(mean[column], float(sum / double(count)));
    }
  }
}

TEST(PooledVector, IsCutBeforeItIsNormalized) {
  const auto rows = random_rows(9, 3);
  const auto plain = pooled(rows, {.normalize = false});
  for (const size_t dimensions : {size_t(1), size_t(5), kSize}) {
    const auto cut = pooled(rows, {.dimensions = dimensions});
    ASSERT_EQ(cut.size(), dimensions);
    EXPECT_NEAR(length_of(cut), 1.0, 1e-6);
    const double length = length_of({plain.begin(), plain.begin() + ptrdiff_t(dimensions)});
    for (size_t i = 0; i < dimensions; ++i) EXPECT_NEAR(cut[i], plain[i] / length, 1e-6);
    const auto as_long = pooled(rows, {.normalize = false, .dimensions = dimensions});
    EXPECT_EQ(as_long, std::vector<float>(plain.begin(), plain.begin() + ptrdiff_t(dimensions)));
  }
  EXPECT_EQ(pooled(rows, {.dimensions = 1})[0], plain[0] > 0 ? 1.0f : -1.0f);
}

TEST(PooledVector, WithoutADirectionIsZero) {
  const std::vector<std::vector<float>> rows = {std::vector<float>(kSize, 1.0f),
                                                std::vector<float>(kSize, -1.0f)};
  EXPECT_EQ(pooled(rows, {}), std::vector<float>(kSize, 0.0f));
  EXPECT_EQ(finished_vector(std::vector<double>(kSize), 0, {.normalize = false}),
            std::vector<float>(kSize, 0.0f));
}

}  // namespace
}  // namespace hearth
