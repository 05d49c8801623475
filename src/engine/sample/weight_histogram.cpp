#include "engine/sample/weight_histogram.h"

#include <algorithm>

#include "engine/sample/logit_math.h"

namespace hearth {
namespace {

// Powers of two, so that a bucket's bounds are exact.
constexpr float kBucketsPerNat = 64.0f;
constexpr float kDivision = 1024.0f;
constexpr float kLowestExponent = -87.0f;  // below it nothing has a weight (`exp_negative`)

double sum_of(const auto& lanes) {
  double sum = 0.0;
  for (double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

void WeightHistogram::reset(float max, float scale) {
  sums_.clear();
  max_ = max;
  scale_ = scale;
  start_ = 0.0f;
  buckets_per_nat_ = kBucketsPerNat;
  end_ = -kLowestExponent * kBucketsPerNat;
}

void WeightHistogram::divide(size_t bucket) {
  sums_.clear();
  start_ -= float(bucket) / buckets_per_nat_;
  buckets_per_nat_ *= kDivision;
  end_ = std::min(kDivision * (1.0f - 0x1p-24f), (start_ - kLowestExponent) * buckets_per_nat_);
}

void WeightHistogram::add(std::span<const float> logits) {
  constexpr size_t kBlock = 256;
  float weights[kBlock];
  int buckets[kBlock];
  const float max = max_, scale = scale_, start = start_, buckets_per_nat = buckets_per_nat_, end = end_;
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const size_t count = std::min(kBlock, logits.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      const float exponent = (logits[begin + i] - max) * scale;
      const float at = (start - exponent) * buckets_per_nat;
      const bool counted = bool(int(at >= 0.0f) & int(at <= end));
      weights[i] = counted ? exp_negative(exponent) : 0.0f;
      buckets[i] = int(counted ? at : 0.0f);
    }
    for (size_t i = count; i % kLanes != 0; ++i) weights[i] = 0.0f, buckets[i] = 0;
    int last = 0;
    for (size_t i = 0; i < count; ++i) last = std::max(last, buckets[i]);
    if (sums_.size() <= size_t(last)) sums_.resize(size_t(last) + 1);
    for (size_t i = 0; i < count; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        sums_[size_t(buckets[i + lane])][lane] += double(weights[i + lane]);
      }
    }
  }
}

double WeightHistogram::total() const {
  double total = 0.0;
  for (const auto& lanes : sums_) total += sum_of(lanes);
  return total;
}

WeightHistogram::Place WeightHistogram::find(double weight, double base) const {
  Place place;
  double above = 0.0;
  for (size_t bucket = 0; bucket < sums_.size() && !place.reached; ++bucket) {
    const double sum = sum_of(sums_[bucket]);
    if (sum > 0.0) place = {bucket, above, sum, base + (above + sum) >= weight};
    above += sum;
  }
  return place;
}

double WeightHistogram::count(const Place& place) const {
  return place.sum / double(exp_negative(start_ - float(place.bucket) / buckets_per_nat_));
}

}  // namespace hearth
