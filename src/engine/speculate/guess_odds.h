#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace hearth {

/// How often guesses come true: a running mean, of which an observation `memory` ago still counts a third.
/// Not thread-safe.
class GuessOdds {
 public:
  /// Starts as if `chance` had been found in `weight` observations.
  GuessOdds(double chance, double weight, double memory)
      : right_(chance * weight), seen_(weight), keep_(1.0 - 1.0 / memory) {}

  double chance() const { return right_ / seen_; }
  void observe(bool was_right) {
    right_ = right_ * keep_ + double(was_right);
    seen_ = seen_ * keep_ + 1.0;
  }

 private:
  double right_, seen_, keep_;
};

/// The odds of n-gram guesses, by how many tokens before a guess agree with those before the place that it is
/// taken from. Not thread-safe.
class MatchOdds {
 public:
  static constexpr size_t kNumLengths = 5;  ///< to 2, 4, 8, 16, and more

  template <typename Make>
  explicit MatchOdds(const Make& make) : odds_{make(0), make(1), make(2), make(3), make(4)} {}

  double chance(size_t num_matched) const { return row_chance(row(num_matched)); }
  double row_chance(size_t row) const { return odds_[row].chance(); }
  void observe(size_t num_matched, bool was_right) { odds_[row(num_matched)].observe(was_right); }

 private:
  static size_t row(size_t num_matched) {
    return std::min(size_t(std::bit_width(std::max<size_t>(num_matched, 2) - 1)), kNumLengths) - 1;
  }

  std::array<GuessOdds, kNumLengths> odds_;
};

}  // namespace hearth
