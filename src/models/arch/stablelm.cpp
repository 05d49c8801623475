#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.use_parallel_residual = TRY(keys.flag_or("use_parallel_residual", false));
  config.has_qk_norm = TRY(keys.flag_or("qk_layernorm", config.has_qk_norm));
  return {};
}

/// In parallel, attention and feed-forward share a norm.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  if (config.has_qk_norm) attention.qk_norm = QkNorm::kHeadsApart;
  LayerSpec spec{.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
  spec.parallel = config.use_parallel_residual;
  if (spec.parallel) spec.feed_forward_norms = spec.mixer_norms;
  return spec;
}

}  // namespace

ModelSpec spec_stablelm() {
  ModelSpec spec = decoder_spec({"stablelm", "StableLmForCausalLM"}, layer, configure);
  spec.description = "StableLM 3B, Zephyr 3B, StableLM 2";
  spec.parts.layer_norm = true;
  spec.conventions.renames = {{"self_attn.q_layernorm.norms.*", "attn_q_norm.*"},
                              {"self_attn.k_layernorm.norms.*", "attn_k_norm.*"}};
  spec.conventions.defaults = {{"partial_rotary_factor", 0.25}};
  return spec;
}

}  // namespace hearth
