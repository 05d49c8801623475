#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace hearth {

/// How often draft tokens are right: a running mean, in which an observation `memory` ago still has a third
/// of its weight. Not thread-safe.
class DraftOdds {
 public:
  /// Starts as if `weight` observations had given `chance`.
  DraftOdds(double chance, double weight, double memory)
      : right_(chance * weight), seen_(weight), keep_(1.0 - 1.0 / memory) {}

  double chance() const { return right_ / seen_; }
  void observe(bool was_right) {
    right_ = right_ * keep_ + double(was_right);
    seen_ = seen_ * keep_ + 1.0;
  }

 private:
  double right_, seen_, keep_;
};

/// The odds of n-gram drafts, by how many tokens before the draft token match those before its source. Not
/// thread-safe.
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

  std::array<DraftOdds, kNumLengths> odds_;
};

}  // namespace hearth
