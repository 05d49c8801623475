#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig&, const ConfigKeys& keys) {
  if (!keys.has("mrope_section")) return {};
  return fail_hint(ErrorCode::kUnsupported, "use a model of text alone",
                   "{} gives pictures rotary positions of their own, which is not supported",
                   keys.full("mrope_section"));
}

/// Both branches are normed before they join the residual. Rotary pairs lie side by side in all files.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  return sandwich_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_glm4() {
  ModelSpec spec = decoder_spec({"glm4", "Glm4ForCausalLM"}, layer, configure);
  spec.description = "GLM 4 of April 2025 (9B and 32B), GLM Z1";
  spec.conventions.renames = {{"post_self_attn_layernorm", "post_attention_norm"},
                              {"post_mlp_layernorm", "post_ffw_norm"}};
  spec.conventions.defaults = {{"partial_rotary_factor", 0.5},
                               {"num_key_value_heads", int64_t{2}},
                               {"head_dim", int64_t{128}},
                               {"rms_norm_eps", 1.5625e-07}};
  return spec;
}

}  // namespace hearth
