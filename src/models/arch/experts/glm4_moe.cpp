#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Experts by sigmoids and a bias that balances them.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  config.scoring_func = ScoringFunc::kSigmoid;
  config.has_selection_bias = true;
  config.has_qk_norm = TRY(keys.flag_or("use_qk_norm", config.has_qk_norm));
  return {};
}

/// Larger models norm q and k. The norm before the feed-forward has another's name.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  if (config.has_qk_norm) attention.qk_norm = QkNorm::kPerHead;
  return {.mixer = std::move(attention),
          .feed_forward = feed_forward_spec(config, index),
          .feed_forward_norms = {"post_attention_norm"}};
}

}  // namespace

ModelSpec spec_glm4_moe() {
  ModelSpec spec = decoder_spec({"glm4moe", "Glm4MoeForCausalLM"}, layer, configure);
  spec.description = "GLM 4.5, 4.5 Air, 4.6 and 4.7, without the layer that predicts a further token";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"}};
  spec.conventions.defaults = {{"partial_rotary_factor", 0.5}, {"first_k_dense_replace", int64_t{1}}};
  return spec;
}

}  // namespace hearth
