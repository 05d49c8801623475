#include "quant/scale_search.h"

#include <algorithm>

namespace hearth {

namespace {

// Trials move the end of the code range by up to this many tenths of a code; further out nothing is gained.
constexpr int kTrials = 9;

/// Sums that give the best scale of fixed codes, and the squared error it removes.
struct ScaleFit {
  double xq = 0.0, qq = 0.0;

  void add(float x, int q) {
    xq += double(x) * q;
    qq += double(q) * q;
  }
  double scale() const { return qq > 0.0 ? xq / qq : 0.0; }
  double gain() const { return qq > 0.0 ? xq * xq / qq : 0.0; }
};

/// Sums over fixed codes for x = scale * q - minimum.
struct LineFit {
  double n = 0.0, x = 0.0, q = 0.0, xx = 0.0, xq = 0.0, qq = 0.0;

  void add(float value, int code) {
    n += 1.0;
    x += value;
    q += code;
    xx += double(value) * value;
    xq += double(value) * code;
    qq += double(code) * code;
  }
  ScaleAndMinimum solve() const {
    const double determinant = n * qq - q * q;
    if (determinant <= 0.0) return {0.0f, float(std::max(0.0, -x / n))};
    const double scale = (n * xq - x * q) / determinant, minimum = (scale * q - x) / n;
    if (minimum < 0.0) return {float(std::max(0.0, qq > 0.0 ? xq / qq : 0.0)), 0.0f};
    return {float(std::max(0.0, scale)), float(minimum)};
  }
  double error(ScaleAndMinimum fit) const {
    const double d = fit.scale, m = fit.minimum;
    return xx + d * d * qq + n * m * m - 2.0 * d * xq + 2.0 * m * x - 2.0 * d * m * q;
  }
};

}  // namespace

float fit_scale(std::span<const float> values, int low) {
  const float extreme = largest_magnitude(values.data(), int(values.size()));
  if (extreme == 0.0f) return 0.0f;
  double best_scale = double(extreme) / low, best_gain = -1.0;
  for (int trial = -kTrials; trial <= kTrials; ++trial) {
    const float inverse = (float(low) + 0.1f * float(trial)) / extreme;
    ScaleFit fit;
    for (const float x : values) fit.add(x, round_to(x * inverse, low, -low - 1));
    if (fit.gain() > best_gain) {
      best_gain = fit.gain();
      best_scale = fit.scale();
    }
  }
  return float(best_scale);
}

ScaleAndMinimum fit_scale_and_minimum(std::span<const float> values, int high) {
  const ValueRange range = value_range(values.data(), int(values.size()));
  const float minimum = std::min(range.min, 0.0f), width = range.max - minimum;
  if (!(width > 0.0f)) return {0.0f, -minimum};
  ScaleAndMinimum best{width / float(high), -minimum};
  double best_error = -1.0;
  for (int trial = -kTrials; trial <= kTrials; ++trial) {
    const float inverse = (float(high) + 0.1f * float(trial)) / width;
    LineFit fit;
    for (const float x : values) fit.add(x, round_to((x - minimum) * inverse, 0, high));
    const ScaleAndMinimum solved = fit.solve();
    const double error = fit.error(solved);
    if (best_error < 0.0 || error < best_error) {
      best_error = std::max(error, 0.0);
      best = solved;
    }
  }
  return best;
}

int nearest_entry(float value, std::span<const int8_t> codebook) {
  int low = 0, high = int(codebook.size()) - 1;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (value < float(codebook[middle]) ? high : low) = middle;
  }
  return value - float(codebook[low]) < float(codebook[high]) - value ? low : high;
}

float fit_codebook_scale(std::span<const float> values, std::span<const int8_t> codebook) {
  const float extreme = largest_magnitude(values.data(), int(values.size()));
  if (extreme == 0.0f) return 0.0f;
  // The extreme may fall on either end of the codebook, which are not alike.
  const float ends[] = {float(codebook.front()), float(codebook.back())};
  double best_scale = double(extreme) / ends[0], best_gain = -1.0;
  for (const float end : ends) {
    for (int trial = -kTrials; trial <= kTrials; ++trial) {
      const float inverse = end * (1.0f + 0.01f * float(trial)) / extreme;
      ScaleFit fit;
      for (const float x : values) fit.add(x, codebook[nearest_entry(x * inverse, codebook)]);
      if (fit.gain() > best_gain) {
        best_gain = fit.gain();
        best_scale = fit.scale();
      }
    }
  }
  return float(best_scale);
}

}  // namespace hearth
