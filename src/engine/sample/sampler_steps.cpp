#include "engine/sample/sampler_steps.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace hearth {
namespace {

constexpr double kLowestTemperature = 1e-6, kHighestTemperature = 1e30;

/// The logit of a token of `ratio` times the best one's probability.
float logit_at(const Candidates& candidates, double ratio) {
  return float(double(candidates.max_logit()) + std::log(ratio) / double(candidates.scale()));
}

}  // namespace

void apply_top_p(Candidates& candidates, float p) {
  if (p >= 1.0f) return;
  candidates.keep_weight(double(p) * candidates.total_weight());
}

void apply_min_p(Candidates& candidates, float p) {
  if (p <= 0.0f) return;
  candidates.keep_at_least(logit_at(candidates, double(p)));
}

void apply_typical(Candidates& candidates, float p) {
  if (p >= 1.0f) return;
  struct Entry {
    double distance, share;
    Candidates::Item item;
  };
  const double entropy = candidates.entropy(), total = candidates.total_weight();
  std::vector<Entry> entries;
  for (const Candidates::Item& item : candidates.all()) {
    const double share = candidates.weight(item) / total;
    if (share > 0.0) entries.push_back({std::abs(-std::log(share) - entropy), share, item});
  }
  const auto nearer = [](const Entry& a, const Entry& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    if (a.item.logit != b.item.logit) return a.item.logit > b.item.logit;
    return a.item.id < b.item.id;
  };
  std::vector<Candidates::Item> kept;
  double sum = 0.0;
  size_t sorted = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i == sorted) {
      const size_t target = std::min(entries.size(), std::max<size_t>(64, 4 * sorted));
      const auto begin = entries.begin() + ptrdiff_t(sorted), end = entries.begin() + ptrdiff_t(target);
      if (target < entries.size()) std::nth_element(begin, end, entries.end(), nearer);
      std::sort(begin, end, nearer);
      sorted = target;
    }
    kept.push_back(entries[i].item);
    sum += entries[i].share;
    if (sum > double(p)) break;
  }
  candidates.keep_only(std::move(kept));
}

void apply_top_n_sigma(Candidates& candidates, float n) {
  if (n <= 0.0f) return;
  const auto all = candidates.all();
  const double reference = double(candidates.max_logit()), count = double(all.size());
  double sum = 0.0;
  for (const Candidates::Item& item : all) sum += double(item.logit) - reference;
  const double mean = sum / count;
  double squares = 0.0;
  for (const Candidates::Item& item : all) {
    const double difference = double(item.logit) - reference - mean;
    squares += difference * difference;
  }
  candidates.keep_at_least(float(reference - double(n) * std::sqrt(squares / count)));
}

void apply_xtc(Candidates& candidates, float probability, float threshold, double chance) {
  if (probability <= 0.0f || threshold > 0.5f || chance >= double(probability)) return;
  const double wanted = double(threshold) * candidates.total_weight();
  if (wanted > 1.0) return;  // even the best weighs less
  size_t above = 0;
  for (;;) {
    const auto best = candidates.best(above + 1);
    if (above >= best.size() || candidates.weight(best[above]) < wanted) break;
    ++above;
  }
  if (above > 1) candidates.drop_best(above - 1);
}

void apply_temperature(Candidates& candidates, const SamplingParams& params) {
  const double range = double(params.dynamic_temperature_range);
  double temperature = double(params.temperature);
  const size_t count = range > 0.0 ? candidates.size() : 0;
  if (count > 1) {
    const double low = std::max(0.0, temperature - range), high = temperature + range;
    const double spread = std::clamp(candidates.entropy() / std::log(double(count)), 0.0, 1.0);
    temperature = low + (high - low) * std::pow(spread, double(params.dynamic_temperature_exponent));
  }
  candidates.multiply_scale(float(1.0 / std::clamp(temperature, kLowestTemperature, kHighestTemperature)));
}

void apply_surprise_bound(Candidates& candidates, double bound) {
  const double ratio = std::exp2(-bound) * candidates.total_weight();
  candidates.keep_at_least(ratio > 0.0 ? logit_at(candidates, ratio) : -1e30f);
}

}  // namespace hearth
