#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace hearth {

/// e^x for x <= 0 within 2e-7 of its value; 0 below -87. The same bits on every machine: plain float
/// arithmetic that compilers vectorise (range reduction and polynomial of Cephes' expf).
inline float exp_negative(float x) {
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = clamped - n * kLn2High - n * kLn2Low;
  float poly = 1.9875691500e-4f;
  poly = poly * r + 1.3981999507e-3f;
  poly = poly * r + 8.3334519073e-3f;
  poly = poly * r + 4.1665795894e-2f;
  poly = poly * r + 1.6666665459e-1f;
  poly = poly * r + 5.0000001201e-1f;
  const float mantissa = poly * r * r + r + 1.0f;
  // n stands in the low bits of `shifted`; added to the exponent, it multiplies by 2^n.
  const uint32_t bits = std::bit_cast<uint32_t>(mantissa) + (std::bit_cast<uint32_t>(shifted) << 23);
  return x < -87.0f ? 0.0f : std::bit_cast<float>(bits);
}

struct LogitScan {
  float max;      ///< of the values that are numbers; minus infinity where there are none
  bool in_range;  ///< every value is minus infinity or lies within +-kMaxLogit
};

/// Logits are kept within this, so that differences and quotients of them stay finite.
inline constexpr float kMaxLogit = 1e30f;

LogitScan scan_logits(std::span<const float> logits);

/// What was computed at a position. Error: kNotFinite naming the position and the first token
/// whose logit is NaN or plus infinity; minus infinity stands for what is forbidden.
Status check_logits(std::span<const float> logits, size_t position);
/// The same of other results, such as hidden states, of which minus infinity is none.
Status check_values(std::span<const float> values, std::string_view what, size_t position);

/// Where the first logit of this value is, which must be there.
size_t find_logit(std::span<const float> logits, float value);

/// Puts values into the range of LogitScan: NaN becomes minus infinity, the rest is clamped.
void clamp_logits(std::span<float> logits);
float clamp_logit(float logit);

/// Sum of e^((logit - max) * scale), scale > 0. Minus infinity counts as nothing.
double sum_exp(std::span<const float> logits, float max, float scale);

/// ln(sum of e^logit): what turns logits into log-probabilities by subtraction.
double log_sum_exp(std::span<const float> logits);

}  // namespace hearth
