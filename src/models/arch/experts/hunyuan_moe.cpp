#include "formats/expert_keys.h"
#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Beside the experts that it picks, a token has as many shared ones as the files say, or one.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  if (config.shared_expert_intermediate_size == 0)
    config.shared_expert_intermediate_size = config.intermediate_size;
  config.norm_topk_prob = true;
  return refuse_flag(keys, "use_cla", true, "use a model whose layers all have keys and values of their own");
}

/// q and k are normed behind the rotation.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kPerHead;
  attention.norm_after_rope = true;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_hunyuan_moe() {
  ModelSpec spec = decoder_spec({"hunyuan-moe", "HunYuanMoEV1ForCausalLM"}, layer, configure);
  spec.description = "Hunyuan A13B";
  spec.conventions.renames = {{"self_attn.query_layernorm", "attn_q_norm"},
                              {"self_attn.key_layernorm", "attn_k_norm"},
                              {"mlp.gate.wg", "ffn_gate_inp"},
                              {"mlp.shared_mlp.gate_proj", "ffn_gate_shexp"},
                              {"mlp.shared_mlp.up_proj", "ffn_up_shexp"},
                              {"mlp.shared_mlp.down_proj", "ffn_down_shexp"}};
  return spec;
}

}  // namespace hearth
