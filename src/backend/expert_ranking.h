#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace hearth {

/// Puts the `top_k` experts with the highest scores first, the lower number of equals. A score that is no
/// number ranks above all, so that it shows in the result and the order is one.
inline void rank_experts(std::span<const double> scores, std::span<int> order, size_t top_k) {
  std::iota(order.begin(), order.end(), 0);
  std::ranges::partial_sort(order, order.begin() + ptrdiff_t(top_k), [&](int a, int b) {
    const double x = scores[size_t(a)], y = scores[size_t(b)];
    if (std::isnan(x) || std::isnan(y)) {
      return std::isnan(x) != std::isnan(y) ? std::isnan(x) : a < b;
    }
    return x > y || (x == y && a < b);
  });
}

}  // namespace hearth
