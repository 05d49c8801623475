#include "models/blocks/rope_frequencies.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/check.h"

namespace hearth {

namespace {

/// base^(2 pair / rotary_dim), rounded where PyTorch's f32 arithmetic rounds: at far positions an angle is as
/// large as the context is long, and the rounding of its frequency is then all that is left.
float wavelength(float base, int rotary_dim, size_t pair) {
  const float exponent = float(2 * pair) / float(rotary_dim);
  return float(std::pow(double(base), double(exponent)));
}

/// How much of the interpolated frequency YaRN takes for each pair (arXiv 2309.00071, section 3.2): 0 where a
/// pair turns often within the original context, 1 where it turns seldom.
class YarnRamp {
 public:
  explicit YarnRamp(const RopeSpec& spec) {
    const double low = pair_with_rotations(spec, spec.scaling.beta_fast),
                 high = pair_with_rotations(spec, spec.scaling.beta_slow);
    const bool truncate = spec.scaling.truncate;
    low_ = std::max(0.0, truncate ? std::floor(low) : low);
    high_ = std::min(spec.rotary_dim - 1.0, truncate ? std::ceil(high) : high);
    if (low_ == high_) high_ += 0.001;
  }
  float operator()(size_t pair) const {
    return float(std::clamp((double(pair) - low_) / (high_ - low_), 0.0, 1.0));
  }

 private:
  static double pair_with_rotations(const RopeSpec& spec, double rotations) {
    const double context = spec.scaling.original_max_position_embeddings;
    return spec.rotary_dim * std::log(context / (rotations * 2 * M_PI)) / (2 * std::log(double(spec.theta)));
  }

  double low_, high_;
};

std::span<const float> divisors(const RopeScaling& scaling, int context_limit) {
  if (scaling.type != RopeScaling::Type::kLongRope) return scaling.freq_factors;
  return context_limit > scaling.original_max_position_embeddings ? scaling.long_factors
                                                                  : scaling.short_factors;
}

/// Dynamic scaling as transformers has it, with its f32 roundings, but for the longest context from the
/// start: what a sequence's tokens compute does not depend on how long it becomes.
float base_for(const RopeSpec& spec, int context_limit) {
  const RopeScaling& scaling = spec.scaling;
  const int original = scaling.original_max_position_embeddings;
  const double exponent = double(spec.rotary_dim) / double(spec.rotary_dim - 2);
  if (scaling.type == RopeScaling::Type::kNtkAlpha)
    return float(double(spec.theta) * std::pow(double(scaling.factor), exponent));
  if (scaling.type != RopeScaling::Type::kDynamic || context_limit <= original) return spec.theta;
  const float stretch = scaling.factor * float(context_limit) / float(original) - (scaling.factor - 1.0f);
  return spec.theta * float(std::pow(double(stretch), exponent));
}

}  // namespace

RopeFrequencies rope_frequencies(const RopeSpec& spec, int context_limit) {
  const RopeScaling& scaling = spec.scaling;
  const std::span<const float> divisor = divisors(scaling, context_limit);
  const bool long_rope = scaling.type == RopeScaling::Type::kLongRope;
  const YarnRamp ramp(spec);
  const float base = base_for(spec, context_limit);
  RopeFrequencies result;
  result.magnitude = scaling.attention_factor;
  result.inv_freq.resize(size_t(spec.rotary_dim / 2));
  CHECK(divisor.empty() || divisor.size() == result.inv_freq.size());
  for (size_t pair = 0; pair < result.inv_freq.size(); ++pair) {
    float length = wavelength(base, spec.rotary_dim, pair);
    if (long_rope) length *= divisor[pair];
    float& frequency = result.inv_freq[pair];
    frequency = 1.0f / length;
    if (!long_rope && !divisor.empty()) frequency /= divisor[pair];
    if (scaling.type == RopeScaling::Type::kLinear) frequency /= scaling.factor;
    if (scaling.type == RopeScaling::Type::kYarn) {
      const float kept = 1.0f - ramp(pair);
      frequency = 1.0f / (scaling.factor * length) * (1.0f - kept) + frequency * kept;
    }
  }
  return result;
}

}  // namespace hearth
