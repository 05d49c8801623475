#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace hearth {

/// Sums of weights, e^((logit - max) * scale), by how far a logit lies below the best. It tells in which
/// narrow range of logits a sum of weights, taken from the best token down, comes to a given one, so that
/// only that range's tokens have to be ranked. A range's weights are so alike that a double holds their sum
/// exactly: nothing here depends on the order in which logits are added. Not thread-safe; meant to be reused.
class WeightHistogram {
 public:
  struct Place {
    size_t bucket = 0;
    double above = 0.0;    ///< sum of the weights in better buckets
    double sum = 0.0;      ///< of the weights in this one
    bool reached = false;  ///< else everything comes to less, and `bucket` is the last that weighs anything
  };

  /// Starts over. `max`: the highest logit that will be added; scale > 0.
  void reset(float max, float scale);
  /// Starts over with narrower buckets for the logits that one bucket holds; others will be passed over.
  void divide(size_t bucket);
  /// Minus infinity weighs nothing.
  void add(std::span<const float> logits);

  double total() const;
  /// The first bucket with which `base` and the sum come to `weight`.
  Place find(double weight, double base = 0.0) const;
  /// About how many logits a place's bucket holds.
  double count(const Place& place) const;

  bool holds(size_t bucket, float logit) const {
    const float at = (start_ - (logit - max_) * scale_) * buckets_per_nat_;
    return bool(int(at >= float(bucket)) & int(at < float(bucket + 1)) & int(at <= end_));
  }

 private:
  // Neighbours add to sums of their own, since equal logits would wait for each other's sum.
  static constexpr size_t kLanes = 4;

  std::vector<std::array<double, kLanes>> sums_;  ///< by bucket, the best first; as far as was needed
  float max_ = 0.0f;
  float scale_ = 1.0f;
  float start_ = 0.0f;  ///< the exponent at which bucket 0 starts
  float buckets_per_nat_ = 0.0f;
  float end_ = 0.0f;  ///< no logit is counted beyond, as a position in buckets
};

}  // namespace hearth
