#include <cmath>

#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "minicpm";
constexpr Bounds<float> kMultiplier{1e-6f, 1e6f};

/// As the converter to GGUF reads it, before it divides and rounds; 1 where it is absent.
Result<double> exact_number(const ConfigKeys& keys, std::string_view key) {
  const float rounded = TRY(keys.number_or(key, kMultiplier, 1.0f));
  const std::optional<ConfigValue> value = keys.find(key);
  return value ? value->as<double>().value_or(double(rounded)) : double(rounded);
}

/// In folders three numbers give the multipliers; GGUF files have these themselves, or, where they are old,
/// none.
Status set_multipliers(ModelConfig& config, const ConfigKeys& keys) {
  const bool is_gguf = config.architecture == kGgufName;
  const auto hidden = float(config.hidden_size);
  const double depth = is_gguf ? 1.4 : TRY(exact_number(keys, "scale_depth"));
  const auto residual = float(depth / std::sqrt(double(config.num_hidden_layers)));
  if (is_gguf) {
    config.embedding_scale = TRY(keys.number_or("embedding_multiplier", kMultiplier, 12.0f));
    config.residual_multiplier = TRY(keys.number_or("residual_multiplier", kMultiplier, residual));
    config.logit_scale = 1.0f / TRY(keys.number_or("logits_scaling", kMultiplier, hidden / 256.0f));
    return {};
  }
  config.embedding_scale = TRY(keys.number_or("scale_emb", kMultiplier, 1.0f));
  config.residual_multiplier = residual;
  config.logit_scale = 1.0f / float(double(hidden) / TRY(exact_number(keys, "dim_model_base")));
  return {};
}

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  if (config.num_experts > 0)
    return fail(ErrorCode::kUnsupported, "{} is {}; MiniCPM runs without experts", keys.full("num_experts"),
                config.num_experts);
  if (keys.find("sparse_config")) {
    return fail_hint(ErrorCode::kUnsupported, "take the key out: up to its dense_len tokens all is the same",
                     "{} asks for sparse attention in long contexts, which is not supported",
                     keys.full("sparse_config"));
  }
  return set_multipliers(config, keys);
}

}  // namespace

ModelSpec spec_minicpm() {
  ModelSpec spec = decoder_spec({kGgufName, "MiniCPMForCausalLM"}, paired_layer, configure);
  spec.description = "MiniCPM 1B, 2B and 4";
  spec.conventions.halves_to_pairs = true;
  spec.conventions.defaults = {{"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
