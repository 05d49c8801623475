#include <cmath>

#include "formats/config.h"
#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Five layers of a sliding window with a rope base of their own, then one that sees everything. Norm weights
/// in the file are those of Hugging Face plus one.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 6;
  constexpr float kLocalBase = 10000.0f;
  constexpr int kLayersOf27B = 62;
  config.hidden_act = HiddenAct::kGeluTanh;
  config.embedding_scale = std::sqrt(float(config.hidden_size));
  config.rope_local_base_freq =
      TRY(keys.number_or("rope_local_base_freq", {.lowest = 1.001f, .highest = 1e15f}, kLocalBase));
  // The 27B model alone scales by its share of the hidden size, and files do not say so.
  if (config.num_hidden_layers == kLayersOf27B && !keys.has("attention_multiplier"))
    config.attention_scale = std::sqrt(float(config.num_attention_heads) / float(config.hidden_size));
  TRY(set_query_scale(config, keys));
  TRY(refuse_bidirectional(keys));
  TRY(refuse_local_rope_scaling(keys));
  return set_sliding_layers(config, keys, kPeriod);
}

/// Both branches are normed before they join the residual.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kPerHead;
  return sandwich_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_gemma3() {
  ModelSpec spec = decoder_spec({"gemma3", "Gemma3ForCausalLM"}, layer, configure);
  spec.description = "Gemma 3 (text)";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"},
                              {"pre_feedforward_layernorm", "ffn_norm"},
                              {"post_feedforward_layernorm", "post_ffw_norm"}};
  spec.conventions.norm_offset = 1.0f;
  spec.conventions.defaults = {{"num_attention_heads", int64_t{8}},
                               {"num_key_value_heads", int64_t{4}},
                               {"head_dim", int64_t{256}},
                               {"max_position_embeddings", int64_t{131072}},
                               {"rms_norm_eps", 1e-6},
                               {"rope_theta", 1e6},
                               {"sliding_window", int64_t{4096}},
                               {"query_pre_attn_scalar", int64_t{256}},
                               {"hidden_act", std::string_view("gelu_pytorch_tanh")}};
  return spec;
}

}  // namespace hearth
