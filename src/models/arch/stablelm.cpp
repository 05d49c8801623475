#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.use_parallel_residual = TRY(keys.flag_or("use_parallel_residual", false));
  return {};
}

/// In parallel, attention and feed-forward share a norm.
LayerSpec layer(const ModelConfig& config, size_t index) {
  LayerSpec spec = plain_layer(config, index);
  spec.parallel = config.use_parallel_residual;
  if (spec.parallel) spec.feed_forward_norms = spec.mixer_norms;
  return spec;
}

}  // namespace

ModelSpec spec_stablelm() {
  ModelSpec spec = decoder_spec({"stablelm", "StableLmForCausalLM"}, layer, configure);
  spec.description = "StableLM 3B, Zephyr 3B, StableLM 2 1.6B";
  spec.parts.layer_norm = true;
  spec.conventions.defaults = {{"partial_rotary_factor", 0.25}};
  return spec;
}

}  // namespace hearth
