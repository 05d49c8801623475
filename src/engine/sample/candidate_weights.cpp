// The part of Candidates that is about weights.

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/sample/candidates.h"
#include "engine/sample/logit_math.h"

namespace hearth {
namespace {

// To come to a weight takes at least as many tokens. For more of them, weighing a whole vocabulary costs less
// than gathering its head.
constexpr double kFlatWeight = 256.0;
// A bucket of more is divided before any of it is ranked.
constexpr double kFullBucket = 1024.0;

}  // namespace

double Candidates::weight(const Item& item) const {
  return double(exp_negative((item.logit - max_) * scale_));
}

double Candidates::total_weight() {
  if (total_ >= 0.0) return total_;
  if (whole_ && !masked_) {
    total_ = sum_exp(logits_, max_, scale_);
  } else {
    weigh_all();
    total_ = histogram_.total();
  }
  return total_;
}

double Candidates::entropy() {
  const double total = total_weight();
  double mean_exponent = 0.0;  // of (logit - max) * scale
  const auto add = [&](float logit) {
    const float exponent = (logit - max_) * scale_;
    const double share = double(exp_negative(exponent));
    if (share > 0.0) mean_exponent += share * double(exponent) / total;
  };
  if (whole_) {
    for (float logit : logits_) add(logit);
  } else {
    for (const Item& item : items_) add(item.logit);
  }
  return std::log(total) - mean_exponent;
}

Candidates::Item Candidates::reach(double weight) {
  const bool from_items = !whole_ || weigh_bands(weight);
  if (!whole_ || !from_items) weigh_all();
  WeightHistogram::Place place = histogram_.find(weight);
  const double above = place.above;
  double before = 0.0;
  if (histogram_.count(place) > kFullBucket) {
    histogram_.divide(place.bucket);
    weighed_ = false;
    weigh(from_items);
    place = histogram_.find(weight, above);
    before = place.above;
  }
  gather_bucket(place.bucket, from_items);
  return reach_in_bucket(weight, above, before);
}

void Candidates::weigh_all() {
  if (weighed_) return;
  histogram_.reset(max_, scale_);
  weigh(!whole_);
  weighed_ = true;
}

void Candidates::weigh(bool from_items) {
  if (from_items) {
    weigh_items(items_);
  } else {
    histogram_.add(logits_);
  }
}

/// Weighs band after band until they come to `weight`; false where that takes a large part of a vocabulary.
bool Candidates::weigh_bands(double weight) {
  if (masked_ || weight > kFlatWeight) return false;
  weighed_ = false;
  histogram_.reset(max_, scale_);
  for (size_t added = 0;;) {
    weigh_items(std::span(items_).subspan(added));
    added = items_.size();
    if (frontier_ == kNothing || histogram_.find(weight).reached) return true;
    if (!gather_band(kCrowd)) return false;
  }
}

void Candidates::weigh_items(std::span<const Item> items) {
  float logits[256];
  while (!items.empty()) {
    const auto some = items.first(std::min(items.size(), std::size(logits)));
    std::ranges::transform(some, logits, &Item::logit);
    histogram_.add(std::span(logits).first(some.size()));
    items = items.subspan(some.size());
  }
}

/// `reach` among those in bucket_. `above`: the weight of better buckets; `before`: of a better part of this
/// one, if it was divided. Weights of one bucket are summed apart, which is exact.
Candidates::Item Candidates::reach_in_bucket(double weight, double above, double before) {
  const bool sorted = std::ranges::is_sorted(bucket_, better);
  std::span<Item> part = bucket_;
  while (part.size() > 1) {
    const size_t half = part.size() / 2;
    if (!sorted) std::nth_element(part.begin(), part.begin() + ptrdiff_t(half), part.end(), better);
    double sum = 0.0;
    if (sorted && part.front().logit == part.back().logit) {
      sum = double(half) * this->weight(part.front());
    } else {
      for (const Item& item : part.first(half)) sum += this->weight(item);
    }
    if (above + (before + sum) >= weight) {
      part = part.first(half);
    } else {
      before += sum;
      part = part.subspan(half);
    }
  }
  return part.front();
}

}  // namespace hearth
