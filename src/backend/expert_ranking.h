#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "backend/ops.h"

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

/// Ranks the experts outside the best groups below all others; groups are ranked as experts are.
inline void keep_best_groups(std::span<double> scores, const ExpertGroups& groups) {
  if (groups.top_k == groups.count) return;
  const auto count = size_t(groups.count), size = scores.size() / count;
  std::vector<int> order(std::max(count, size));
  std::vector<double> worth(count);
  for (size_t group = 0; group < count; ++group) {
    const std::span<const double> members = scores.subspan(group * size, size);
    rank_experts(members, std::span(order).first(size), size_t(groups.num_scores));
    for (int rank = 0; rank < groups.num_scores; ++rank) worth[group] += members[size_t(order[size_t(rank)])];
  }
  rank_experts(worth, std::span(order).first(count), count);
  for (size_t rank = size_t(groups.top_k); rank < count; ++rank) {
    std::ranges::fill(scores.subspan(size_t(order[rank]) * size, size),
                      -std::numeric_limits<double>::infinity());
  }
}

struct WeighedExpert {
  int expert;
  double weight;
};

/// The next expert by the rule of Gating::kSparseMixer, which then ranks below all others.
inline WeighedExpert take_best_sparsely(std::span<double> logits, double tolerance) {
  constexpr double kTaken = -std::numeric_limits<double>::infinity();
  size_t best = 0;
  for (size_t e = 1; e < logits.size(); ++e) {
    if (std::isnan(logits[best])) break;
    if (std::isnan(logits[e]) || logits[e] > logits[best]) best = e;
  }
  const double highest = logits[best];
  double total = 0;
  for (const double logit : logits) {
    if (logit == kTaken) continue;
    const double distance = (highest - logit) / std::max(std::abs(logit), highest);
    if (!(distance > tolerance)) total += std::exp(logit - highest);
  }
  logits[best] = kTaken;
  return {int(best), 1.0 / total};
}

}  // namespace hearth
