#include "engine/sample/sampling_params.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/ranges.h>

#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr float kAny = std::numeric_limits<float>::max();

/// A parameter and the closed range it may lie in; `open_low` takes the lower end out.
template <typename T>
struct Bound {
  std::string_view name;
  T value;
  T low, high;
  bool open_low = false;
};

template <typename T>
Status check(const Bound<T>& bound) {
  // Written so that NaN fails.
  const bool inside =
      bound.value <= bound.high && (bound.open_low ? bound.value > bound.low : bound.value >= bound.low);
  if (inside) return {};
  if (bound.high == std::numeric_limits<T>::max()) {
    return fail_hint(ErrorCode::kInvalidArgument,
                     fmt::format("give a number {} {}", bound.open_low ? "above" : "of at least", bound.low),
                     "{} is {}", bound.name, bound.value);
  }
  return fail_hint(ErrorCode::kInvalidArgument,
                   fmt::format("give a number {} {} and at most {}", bound.open_low ? "above" : "of at least",
                               bound.low, bound.high),
                   "{} is {}", bound.name, bound.value);
}

Status check_breakers(const std::vector<std::string>& breakers) {
  if (breakers.size() > DryParams::kMaxBreakers) {
    return fail(ErrorCode::kInvalidArgument, "dry_sequence_breakers: has {} entries, the limit is {}",
                breakers.size(), DryParams::kMaxBreakers);
  }
  for (size_t i = 0; i < breakers.size(); ++i) {
    const size_t length = count_code_points(breakers[i]);
    if (length < 1 || length > DryParams::kMaxBreakerLength) {
      return fail_hint(ErrorCode::kInvalidArgument,
                       fmt::format("give 1 to {} characters", DryParams::kMaxBreakerLength),
                       "dry_sequence_breakers[{}]: has {} characters", i, length);
    }
  }
  return {};
}

Status check_bias(const SamplingParams& params, size_t vocab_size) {
  for (const auto& [id, bias] : params.logit_bias) {
    if (id < 0 || size_t(id) >= vocab_size) {
      return fail_hint(ErrorCode::kInvalidArgument, fmt::format("ids go from 0 to {}", vocab_size - 1),
                       "logit_bias names token {}, which the model does not have", id);
    }
    if (std::isnan(bias) || bias > kAny) {
      return fail_hint(ErrorCode::kInvalidArgument, "give a number, or minus infinity to forbid the token",
                       "logit_bias of token {} is {}", id, bias);
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(SamplerStep step) { return kSamplerStepNames[size_t(step)]; }

Result<SamplerStep> parse_sampler_step(std::string_view name) {
  const auto* const found = std::ranges::find(kSamplerStepNames, name);
  if (found != std::end(kSamplerStepNames)) return SamplerStep(found - std::begin(kSamplerStepNames));
  return fail_hint(ErrorCode::kInvalidArgument,
                   fmt::format("known are {}", fmt::join(kSamplerStepNames, ", ")),
                   "there is no sampler named '{}'", name);
}

std::vector<SamplerStep> SamplingParams::default_order() {
  std::vector<SamplerStep> order;
  for (size_t i = 0; i < std::size(kSamplerStepNames); ++i) order.push_back(SamplerStep(i));
  return order;
}

Status validate(const SamplingParams& params, size_t vocab_size) {
  const Bound<float> numbers[] = {
      {"temperature", params.temperature, 0.0f, kAny},
      {"dynatemp_range", params.dynamic_temperature_range, 0.0f, kAny},
      {"dynatemp_exponent", params.dynamic_temperature_exponent, 0.0f, kAny},
      {"top_p", params.top_p, 0.0f, 1.0f, true},
      {"min_p", params.min_p, 0.0f, 1.0f},
      {"typical_p", params.typical_p, 0.0f, 1.0f, true},
      {"top_n_sigma", params.top_n_sigma, 0.0f, kAny},
      {"xtc_probability", params.xtc_probability, 0.0f, 1.0f},
      {"xtc_threshold", params.xtc_threshold, 0.0f, 1.0f},
      {"repetition_penalty", params.repetition_penalty, 0.0f, kAny, true},
      {"presence_penalty", params.presence_penalty, -kAny, kAny},
      {"frequency_penalty", params.frequency_penalty, -kAny, kAny},
      {"dry_multiplier", params.dry.multiplier, 0.0f, kAny},
      {"dry_base", params.dry.base, 1.0f, kAny},
      {"mirostat_tau", params.mirostat.tau, 0.0f, kAny},
      {"mirostat_eta", params.mirostat.eta, 0.0f, 1.0f},
  };
  for (const auto& bound : numbers) TRY(check(bound));
  constexpr int kMaxInt = std::numeric_limits<int>::max();
  const Bound<int> counts[] = {
      {"top_k", params.top_k, 0, kMaxInt},
      {"penalty_last_n", params.penalty_last_n, -1, kMaxInt},
      {"dry_allowed_length", params.dry.allowed_length, 1, kMaxInt},
      {"dry_penalty_last_n", params.dry.last_n, -1, kMaxInt},
      {"logprobs", params.num_logprobs, -1, SamplingParams::kMaxLogprobs},
  };
  for (const auto& bound : counts) TRY(check(bound));
  for (size_t i = 0; i < params.order.size(); ++i) {
    if (std::count(params.order.begin(), params.order.end(), params.order[i]) > 1) {
      return fail_hint(ErrorCode::kInvalidArgument, "name each step once", "samplers names '{}' twice",
                       to_string(params.order[i]));
    }
  }
  TRY(check_breakers(params.dry.sequence_breakers));
  return check_bias(params, vocab_size);
}

}  // namespace hearth
