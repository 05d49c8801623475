#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hearth {

/// Measured time of a step by its number of rows: a running mean for each, as kernels work on blocks of rows
/// and the time grows in stairs. Numbers not seen lately are interpolated from those that were. Not
/// thread-safe.
class StepCost {
 public:
  void observe(size_t num_rows, std::chrono::nanoseconds time);

  /// Nanoseconds of a step of `num_rows`, above 0. In a unit of its own while nothing was measured.
  double step_ns(size_t num_rows) const;

 private:
  static constexpr size_t kMostRows = 96;  ///< beyond them all are one

  struct Mean {
    double ns = 0.0;
    size_t count = 0;        ///< 0: not seen
    uint64_t last_seen = 0;  ///< in observations of any
  };

  bool known(const Mean& mean) const;

  std::array<Mean, kMostRows + 1> means_{};
  uint64_t num_observed_ = 0;
};

}  // namespace hearth
