#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Linear biases know positions; the embedding is normed.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr float kBiasMax = 8.0f;
  config.gated_mlp = false;
  config.hidden_act = HiddenAct::kGeluTanh;
  config.alibi_bias_max = kBiasMax;
  if (!config.embedding_norm)
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the norm of the embedding is missing");
  return refuse_flag(keys, "apply_residual_connection_post_layernorm", true,
                     "use a model without it, as BLOOM and BLOOMZ are");
}

}  // namespace

ModelSpec spec_bloom() {
  ModelSpec spec = decoder_spec({"bloom", "BloomForCausalLM"}, plain_layer, configure);
  spec.description = "BLOOM and BLOOMZ";
  spec.parts.layer_norm = true;
  spec.parts.rotary = false;
  spec.parts.mlp_ratio = 4;
  spec.conventions.prefix = "transformer.";
  spec.conventions.layers = "h.";
  spec.conventions.renames = {{"word_embeddings", "token_embd"},
                              {"word_embeddings_layernorm", "token_embd_norm"},
                              {"ln_f", "output_norm"},
                              {"self_attention.query_key_value", "attn_qkv"},
                              {"self_attention.dense", "attn_output"},
                              {"mlp.dense_h_to_4h", "ffn_up"},
                              {"mlp.dense_4h_to_h", "ffn_down"}};
  spec.conventions.qkv_rows = QkvRows::kByGroup;
  spec.conventions.defaults = {
      {"layer_norm_eps", 1e-5}, {"max_position_embeddings", int64_t{2048}}, {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
