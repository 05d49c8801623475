#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Layers may share what they keep, and q and k go without norms, in other models of the same code.
Status configure(ModelConfig&, const ConfigKeys& keys) {
  constexpr const char* kHint = "use a Hunyuan of 0.5B, 1.8B, 4B or 7B";
  TRY(refuse_flag(keys, "use_cla", true, kHint));
  return refuse_flag(keys, "use_qk_norm", false, kHint);
}

/// q and k are normed behind the rotation.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kPerHead;
  attention.norm_after_rope = true;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_hunyuan_dense() {
  ModelSpec spec = decoder_spec({"hunyuan-dense", "HunYuanDenseV1ForCausalLM"}, layer, configure);
  spec.description = "Hunyuan 0.5B to 7B";
  spec.conventions.renames = {{"self_attn.query_layernorm", "attn_q_norm"},
                              {"self_attn.key_layernorm", "attn_k_norm"}};
  return spec;
}

}  // namespace hearth
