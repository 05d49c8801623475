#include <cmath>

#include "formats/config.h"
#include "models/encoder.h"

namespace hearth {

namespace {

constexpr Bounds<float> kTheta{1.001f, 1e15f};

/// Layers as Gemma 3's, but every token sees those after it as well.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 6;
  if (!TRY(keys.flag_or("use_bidirectional_attention", true))) {
    return fail_hint(ErrorCode::kUnsupported, "a Gemma 3 that writes text is a Gemma3ForCausalLM",
                     "{} is false: this is no encoder", keys.full("use_bidirectional_attention"));
  }
  config.hidden_act = HiddenAct::kGeluTanh;
  config.embedding_scale = std::sqrt(float(config.hidden_size));
  config.rope_local_base_freq = TRY(keys.number_or("rope_local_base_freq", kTheta, 10000.0f));
  TRY(set_query_scale(config, keys));
  return set_sliding_layers(config, keys, kPeriod);
}

/// Both branches are normed before they join the residual.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = bidirectional_attention_spec(config, index);
  attention.qk_norm = QkNorm::kPerHead;
  return sandwich_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_gemma_embedding() {
  ModelSpec spec = encoder_spec({"gemma-embedding", "Gemma3TextModel"}, {.layer_of = layer}, configure);
  spec.description = "EmbeddingGemma";
  spec.conventions.prefix = "model.";
  spec.conventions.layers = "layers.";
  spec.conventions.renames = {{"embed_tokens", "token_embd"},
                              {"norm", "output_norm"},
                              {"post_attention_layernorm", "post_attention_norm"},
                              {"pre_feedforward_layernorm", "ffn_norm"},
                              {"post_feedforward_layernorm", "post_ffw_norm"}};
  spec.conventions.norm_offset = 1.0f;
  spec.conventions.defaults = {{"use_bidirectional_attention", false},
                               {"head_dim", int64_t{256}},
                               {"rms_norm_eps", 1e-6},
                               {"rope_theta", 1e6},
                               {"sliding_window", int64_t{4096}},
                               {"query_pre_attn_scalar", int64_t{256}}};
  return spec;
}

}  // namespace hearth
