#include <cmath>

#include "formats/config.h"
#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "gemma2";

/// What GGUF files may leave out.
void set_gguf_defaults(ModelConfig& config, const ConfigKeys& keys) {
  constexpr float kAttentionCap = 50.0f, kFinalCap = 30.0f;
  constexpr int kWindow = 4096, kLayersOf27B = 46;
  if (!keys.has("attn_logit_softcapping")) config.attn_logit_softcapping = kAttentionCap;
  if (!keys.has("final_logit_softcapping")) config.final_logit_softcapping = kFinalCap;
  if (config.sliding_window == 0) config.sliding_window = kWindow;
  // The 27B model alone scales by its share of the hidden size, and files do not say so.
  if (config.num_hidden_layers == kLayersOf27B && !keys.has("attention_multiplier"))
    config.attention_scale = std::sqrt(float(config.num_attention_heads) / float(config.hidden_size));
}

/// A layer with a sliding window, then one that sees everything.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 2;
  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kGeluTanh;
  config.embedding_scale = std::sqrt(float(config.hidden_size));
  if (config.architecture == kGgufName) set_gguf_defaults(config, keys);
  TRY(set_query_scale(config, keys));
  TRY(refuse_bidirectional(keys));
  return set_sliding_layers(config, keys, kPeriod);
}

/// Both branches are normed before they join the residual.
LayerSpec layer(const ModelConfig& config, size_t index) {
  return sandwich_layer(config, attention_spec(config, index), index);
}

}  // namespace

ModelSpec spec_gemma2() {
  ModelSpec spec = decoder_spec({kGgufName, "Gemma2ForCausalLM"}, layer, configure);
  spec.description = "Gemma 2";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"},
                              {"pre_feedforward_layernorm", "ffn_norm"},
                              {"post_feedforward_layernorm", "post_ffw_norm"}};
  spec.conventions.norm_offset = 1.0f;
  spec.conventions.defaults = {{"num_key_value_heads", int64_t{4}},
                               {"head_dim", int64_t{256}},
                               {"rms_norm_eps", 1e-6},
                               {"sliding_window", int64_t{4096}},
                               {"query_pre_attn_scalar", int64_t{256}},
                               {"attn_logit_softcapping", 50.0},
                               {"final_logit_softcapping", 30.0},
                               {"tie_word_embeddings", true},
                               {"hidden_act", std::string_view("gelu_pytorch_tanh")}};
  return spec;
}

}  // namespace hearth
