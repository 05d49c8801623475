#pragma once

#include <chrono>
#include <cstddef>

namespace hearth {

/// What a row more costs a step, measured: a line through the times of the last steps (least squares, older
/// ones count less). Not thread-safe.
class StepCost {
 public:
  void observe(size_t num_rows, std::chrono::nanoseconds time);

  /// The time of a row more as a part of that of a step of `num_rows`. A guess while steps of one size alone
  /// were seen.
  double row_share(size_t num_rows) const;
  /// Nanoseconds of a step of `num_rows`; 0: nothing was seen.
  double step_ns(size_t num_rows) const;

 private:
  double slope() const;

  double weight_ = 0.0, rows_ = 0.0, time_ = 0.0;  ///< sums
  double rows_rows_ = 0.0, rows_time_ = 0.0;
};

}  // namespace hearth
