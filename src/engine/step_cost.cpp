#include "engine/step_cost.h"

#include <algorithm>

namespace hearth {
namespace {

constexpr double kDecay = 0.98;
// Of a step of one row, before anything is measured: a row rides along with the weights that are read anyway.
constexpr double kGuess = 0.15;

}  // namespace

void StepCost::observe(size_t num_rows, std::chrono::nanoseconds time) {
  const double rows = double(num_rows), ns = double(time.count());
  for (double* sum : {&weight_, &rows_, &time_, &rows_rows_, &rows_time_}) *sum *= kDecay;
  weight_ += 1.0;
  rows_ += rows;
  time_ += ns;
  rows_rows_ += rows * rows;
  rows_time_ += rows * ns;
}

double StepCost::slope() const {
  const double mean_rows = rows_ / weight_, mean_time = time_ / weight_;
  const double variance = rows_rows_ / weight_ - mean_rows * mean_rows;
  const double guess = kGuess * mean_time / (1.0 + kGuess * std::max(0.0, mean_rows - 1.0));
  if (variance < 0.05) return guess;
  return std::max(0.0, (rows_time_ / weight_ - mean_rows * mean_time) / variance);
}

double StepCost::step_ns(size_t num_rows) const {
  if (weight_ == 0.0) return 0.0;
  const double at_mean = time_ / weight_;
  return std::max(0.1 * at_mean, at_mean + slope() * (double(num_rows) - rows_ / weight_));
}

double StepCost::row_share(size_t num_rows) const {
  if (weight_ == 0.0) return kGuess;
  const double step = step_ns(num_rows);
  return step > 0.0 ? slope() / step : 0.0;
}

}  // namespace hearth
