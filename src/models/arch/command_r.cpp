#include "models/decoder.h"

namespace hearth {

namespace {

/// Norms have no biases, and logits are scaled.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.norm_bias = false;
  config.has_qk_norm = TRY(keys.flag_or("use_qk_norm", config.has_qk_norm));
  config.logit_scale = TRY(keys.number("logit_scale", {.lowest = 1e-6f, .highest = 1e6f}));
  return {};
}

/// Rotary pairs lie side by side in all files.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  if (config.has_qk_norm) attention.qk_norm = QkNorm::kHeadsApart;
  return parallel_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_command_r() {
  ModelSpec spec = decoder_spec({"command-r", "CohereForCausalLM"}, layer, configure);
  spec.description = "Command R and R+, Aya 23 and Aya Expanse";
  spec.parts.layer_norm = true;
  spec.conventions.defaults = {{"logit_scale", 0.0625}};
  return spec;
}

}  // namespace hearth
