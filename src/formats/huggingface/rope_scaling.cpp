#include "formats/huggingface/rope_scaling.h"

#include <cmath>

#include "base/printable.h"

namespace hearth {

namespace {

constexpr Bounds<int> kContext{2, 1 << 30};
constexpr Bounds<float> kFactor{1e-4f, 1e6f};
constexpr Bounds<float> kMultiplier{0.0f, 100.0f};
constexpr std::string_view kOriginal = "original_max_position_embeddings";

/// Llama 3.1's schedule: by what each frequency is divided. Rounded where converters to GGUF round, so that a
/// model's bits do not depend on the form of its files.
Status read_llama3(const ConfigKeys& keys, const ModelConfig& config, RopeScaling& scaling) {
  const float low = TRY(keys.number("rope_parameters.low_freq_factor", kFactor));
  const float high = TRY(keys.number("rope_parameters.high_freq_factor", kFactor));
  const auto original = float(TRY(keys.integer(kOriginal, kContext)));
  if (high <= low) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, but must be above the {} of {}",
                     keys.full("rope_parameters.high_freq_factor"), high, low,
                     keys.full("rope_parameters.low_freq_factor"));
  }
  for (int pair = 0; pair < config.rotary_dim / 2; ++pair) {
    const float exponent = float(2 * pair) / float(config.rotary_dim);
    const float frequency = 1.0f / float(std::pow(double(config.rope_theta), double(exponent)));
    const float wavelength = 1.0f / frequency * float(2 * M_PI);
    float divisor = 1.0f;
    if (wavelength > original / low) {
      divisor = scaling.factor;
    } else if (wavelength >= original / high) {
      const float smooth = (1.0f / wavelength * original - low) / (high - low);
      divisor = 1.0f / ((1.0f - smooth) / scaling.factor + smooth);
    }
    scaling.freq_factors.push_back(divisor);
  }
  return {};
}

double yarn_magnitude(double factor, double multiplier) {
  return factor <= 1.0 ? 1.0 : 0.1 * multiplier * std::log(factor) + 1.0;
}

Status read_yarn(const ConfigKeys& keys, RopeScaling& scaling) {
  scaling.truncate = TRY(keys.flag_or("rope_parameters.truncate", true));
  scaling.beta_fast = TRY(keys.number_or("rope_parameters.beta_fast", kFactor, 32.0f));
  scaling.beta_slow = TRY(keys.number_or("rope_parameters.beta_slow", kFactor, 1.0f));
  const float all_dims = TRY(keys.number_or("rope_parameters.mscale_all_dim", kMultiplier, 0.0f));
  const float some = TRY(keys.number_or("rope_parameters.mscale", kMultiplier, 0.0f));
  scaling.mscale_all_dim = all_dims;
  const bool has_both = all_dims > 0 && some > 0;
  const double magnitude =
      has_both ? yarn_magnitude(scaling.factor, some) / yarn_magnitude(scaling.factor, all_dims)
               : yarn_magnitude(scaling.factor, 1.0);
  scaling.attention_factor =
      TRY(keys.number_or("rope_parameters.attention_factor", kFactor, float(magnitude)));
  return {};
}

/// Phi 3.5 MoE gives the magnitudes of short and of long contexts.
Status read_magnitudes(const ConfigKeys& keys, RopeScaling& scaling) {
  constexpr const char *kShort = "rope_parameters.short_mscale", *kLong = "rope_parameters.long_mscale";
  const float of_short = TRY(keys.number_or(kShort, kFactor, scaling.attention_factor));
  const float of_long = TRY(keys.number_or(kLong, kFactor, of_short));
  if (of_short != of_long) {
    return fail_hint(ErrorCode::kUnsupported, "use a model with one magnitude for all contexts",
                     "{} is {} and {} {}, which must be the same", keys.full(kShort), of_short,
                     keys.full(kLong), of_long);
  }
  scaling.attention_factor = of_short;
  return {};
}

Status read_longrope(const ConfigKeys& keys, const ModelConfig& config, RopeScaling& scaling) {
  constexpr Bounds<float> kDivisor{1e-6f, 1e6f};
  const auto pairs = size_t(config.rotary_dim / 2);
  scaling.short_factors = TRY(keys.numbers("rope_parameters.short_factor", kDivisor, pairs));
  scaling.long_factors = TRY(keys.numbers("rope_parameters.long_factor", kDivisor, pairs));
  if (scaling.short_factors.empty() || scaling.long_factors.empty()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} or {} is missing",
                     keys.full("rope_parameters.short_factor"), keys.full("rope_parameters.long_factor"));
  }
  scaling.original_max_position_embeddings = TRY(keys.integer(kOriginal, kContext));
  const double original = scaling.original_max_position_embeddings;
  const double stretch = config.max_position_embeddings / original;
  const double magnitude = stretch <= 1.0 ? 1.0 : std::sqrt(1.0 + std::log(stretch) / std::log(original));
  scaling.attention_factor =
      TRY(keys.number_or("rope_parameters.attention_factor", kFactor, float(magnitude)));
  return read_magnitudes(keys, scaling);
}

}  // namespace

Result<RopeScaling> read_huggingface_rope_scaling(const ConfigKeys& keys, const ModelConfig& config) {
  using Type = RopeScaling::Type;
  RopeScaling scaling;
  const std::string_view type = TRY(keys.text_or("rope_parameters.rope_type", "default"));
  scaling.original_max_position_embeddings =
      TRY(keys.integer_or(kOriginal, kContext, config.max_position_embeddings));
  if (type == "default") return scaling;
  if (type == "longrope" || type == "su") {
    scaling.type = Type::kLongRope;
    TRY(read_longrope(keys, config, scaling));
    return scaling;
  }
  if (type != "linear" && type != "llama3" && type != "yarn" && type != "dynamic") {
    return fail_hint(ErrorCode::kUnsupported, "use a model of one of these kinds, or a GGUF file of it",
                     "{} is {}; default, linear, dynamic, llama3, yarn and longrope are supported",
                     keys.full("rope_parameters.rope_type"), hearth::quoted(type));
  }
  // Hunyuan's models call theirs dynamic, but fix the base by a factor of their own.
  if (type == "dynamic" && keys.has("rope_parameters.alpha")) {
    scaling.type = Type::kNtkAlpha;
    scaling.factor = TRY(keys.number("rope_parameters.alpha", kFactor));
    return scaling;
  }
  scaling.factor = TRY(keys.number("rope_parameters.factor", kFactor));
  if (type == "linear") {
    if (scaling.factor != 1.0f) scaling.type = Type::kLinear;
  } else if (type == "dynamic") {
    scaling.type = Type::kDynamic;
    scaling.original_max_position_embeddings = config.max_position_embeddings;
  } else if (type == "llama3") {
    scaling.type = Type::kLlama3;
    TRY(read_llama3(keys, config, scaling));
  } else {
    scaling.type = Type::kYarn;
    TRY(read_yarn(keys, scaling));
  }
  return scaling;
}

}  // namespace hearth
