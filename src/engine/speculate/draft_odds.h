#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace hearth {

/// The acceptance rate of draft tokens: an exponential moving average over about `memory` observations. Not
/// thread-safe.
class DraftOdds {
 public:
  /// Starts as if `weight` observations had given `chance`.
  DraftOdds(double chance, double weight, double memory)
      : accepted_(chance * weight), seen_(weight), keep_(1.0 - 1.0 / memory) {}

  double chance() const { return accepted_ / seen_; }
  void observe(bool accepted) {
    accepted_ = accepted_ * keep_ + double(accepted);
    seen_ = seen_ * keep_ + 1.0;
  }

 private:
  double accepted_, seen_, keep_;
};

/// Acceptance rates of n-gram drafts, by the length of the match before the draft token. Not thread-safe.
class MatchOdds {
 public:
  static constexpr size_t kNumLengths = 5;  ///< to 2, 4, 8, 16, and more

  template <typename Make>
  explicit MatchOdds(const Make& make) : odds_{make(0), make(1), make(2), make(3), make(4)} {}

  double chance(size_t num_matched) const { return row_chance(row(num_matched)); }
  double row_chance(size_t row) const { return odds_[row].chance(); }
  void observe(size_t num_matched, bool accepted) { odds_[row(num_matched)].observe(accepted); }

 private:
  static size_t row(size_t num_matched) {
    return std::min(size_t(std::bit_width(std::max<size_t>(num_matched, 2) - 1)), kNumLengths) - 1;
  }

  std::array<DraftOdds, kNumLengths> odds_;
};

}  // namespace hearth
