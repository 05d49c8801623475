#include "engine/speculate/step_cost.h"

#include <algorithm>

namespace hearth {
namespace {

constexpr double kLeastWeight = 0.1;
// Steps after which a measurement is dropped, so that a number of rows that was slow once is tried again.
constexpr uint64_t kMemory = 512;
// An outlier counts as at most this many times the expected time.
constexpr double kMostSurprise = 2.0;
// Share of a change that is put down to the machine, and so applied to all numbers of rows.
constexpr double kShared = 0.5;
// Assumed cost of another row, in steps of one row, before anything is measured: the weights are read anyway.
constexpr double kRowShare = 0.15;

double shape(size_t num_rows) { return 1.0 + kRowShare * (double(num_rows) - 1.0); }

}  // namespace

bool StepCost::known(const Mean& mean) const {
  return mean.count > 0 && num_observed_ - mean.last_seen < kMemory;
}

void StepCost::observe(size_t num_rows, std::chrono::nanoseconds time) {
  if (time.count() <= 0) return;
  Mean& mean = means_[std::min(num_rows, kMostRows)];
  const double expected = step_ns(num_rows);
  const double ns =
      num_observed_ > 0 ? std::min(double(time.count()), kMostSurprise * expected) : double(time.count());
  ++num_observed_;
  if (!known(mean)) {
    mean = {.ns = ns, .count = 1, .last_seen = num_observed_};
    return;
  }
  const double weight = std::max(kLeastWeight, 1.0 / double(++mean.count));
  const double change = weight * (ns / mean.ns - 1.0);
  for (Mean& other : means_) other.ns *= 1.0 + (&other == &mean ? 1.0 : kShared) * change;
  mean.last_seen = num_observed_;
}

double StepCost::step_ns(size_t num_rows) const {
  const size_t row = std::min(num_rows, kMostRows);
  size_t below = row, above = row;
  while (below > 0 && !known(means_[below])) --below;
  while (above <= kMostRows && !known(means_[above])) ++above;
  const bool has_below = below > 0, has_above = above <= kMostRows;
  if (has_below && below == row) return means_[row].ns;
  if (has_below && has_above) {
    const double part = double(row - below) / double(above - below);
    return means_[below].ns + part * (means_[above].ns - means_[below].ns);
  }
  if (has_below) return means_[below].ns * shape(row) / shape(below);
  if (has_above) return means_[above].ns * shape(row) / shape(above);
  return shape(row);
}

}  // namespace hearth
