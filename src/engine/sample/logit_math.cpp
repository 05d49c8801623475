#include "engine/sample/logit_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hearth {
namespace {

constexpr size_t kLanes = 16;
constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

bool in_range(float logit) {
  return bool(int(logit <= kMaxLogit) & (int(logit >= -kMaxLogit) | int(logit == kMinusInfinity)));
}

}  // namespace

LogitScan scan_logits(std::span<const float> logits) {
  float max[kLanes];
  int good[kLanes];
  std::fill_n(max, kLanes, kMinusInfinity);
  std::fill_n(good, kLanes, 1);
  const size_t whole = logits.size() / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float logit = logits[i + lane];
      max[lane] = logit > max[lane] ? logit : max[lane];
      good[lane] &= int(in_range(logit));
    }
  }
  LogitScan scan{kMinusInfinity, true};
  for (size_t lane = 0; lane < kLanes; ++lane) {
    scan.max = std::max(scan.max, max[lane]);
    scan.in_range &= good[lane] != 0;
  }
  for (size_t i = whole; i < logits.size(); ++i) {
    scan.max = logits[i] > scan.max ? logits[i] : scan.max;
    scan.in_range &= in_range(logits[i]);
  }
  return scan;
}

namespace {

std::unexpected<Error> not_finite(std::string_view what, float value, size_t position) {
  return fail_hint(ErrorCode::kNotFinite,
                   "take another file of this model, or see whether its numbers are too large: try --kv-type "
                   "f32 or --precision f32",
                   "the model computed {} as {} at position {}", what,
                   std::isnan(value) ? "nan"
                   : value > 0       ? "inf"
                                     : "-inf",
                   position);
}

}  // namespace

Status check_logits(std::span<const float> logits, size_t position) {
  const LogitScan scan = scan_logits(logits);
  // One that is minus infinity is a token that never comes; where all are, there is nothing to choose from.
  if (scan.in_range && scan.max == kMinusInfinity) return not_finite("every logit", kMinusInfinity, position);
  if (scan.in_range) return {};
  const auto bad = std::ranges::find_if_not(logits, [](float x) { return x < INFINITY; });
  if (bad == logits.end()) return {};
  return not_finite(fmt::format("the logit of token {}", bad - logits.begin()), *bad, position);
}

Status check_values(std::span<const float> values, std::string_view what, size_t position) {
  const auto bad = std::ranges::find_if_not(values, [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return {};
  return not_finite(fmt::format("{} {}", what, bad - values.begin()), *bad, position);
}

size_t find_logit(std::span<const float> logits, float value) {
  constexpr size_t kStride = 8 * kLanes;
  size_t begin = 0;
  for (; begin + kStride <= logits.size(); begin += kStride) {
    int found = 0;
    for (size_t i = begin; i < begin + kStride; ++i) found |= int(logits[i] == value);
    if (found != 0) break;
  }
  while (begin < logits.size() && logits[begin] != value) ++begin;
  return begin;
}

float clamp_logit(float logit) {
  if (std::isnan(logit) || logit == kMinusInfinity) return kMinusInfinity;
  return std::clamp(logit, -kMaxLogit, kMaxLogit);
}

void clamp_logits(std::span<float> logits) {
  for (float& logit : logits) logit = clamp_logit(logit);
}

double sum_exp(std::span<const float> logits, float max, float scale) {
  constexpr size_t kBlock = 16 * kLanes;
  double sums[kLanes] = {};
  const size_t whole = logits.size() / kBlock * kBlock;
  for (size_t begin = 0; begin < whole; begin += kBlock) {
    // A loop for the exponentials and one for the sums: a single one runs out of registers.
    float weights[kBlock];
    for (size_t i = 0; i < kBlock; ++i) weights[i] = exp_negative((logits[begin + i] - max) * scale);
    for (size_t i = 0; i < kBlock; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += double(weights[i + lane]);
    }
  }
  double total = 0.0;
  for (double sum : sums) total += sum;
  for (size_t i = whole; i < logits.size(); ++i) total += double(exp_negative((logits[i] - max) * scale));
  return total;
}

double log_sum_exp(std::span<const float> logits) {
  const float max = scan_logits(logits).max;
  return double(max) + std::log(sum_exp(logits, max, 1.0f));
}

}  // namespace hearth
