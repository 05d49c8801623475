#include "base/printable.h"
#include "formats/config.h"
#include "models/encoder.h"

namespace hearth {

namespace {

constexpr Bounds<float> kTheta{1.001f, 1e15f};

/// Of each period of layers the first sees everything, the others a window with a rope base of its own.
Status set_layer_types(ModelConfig& config, const ConfigKeys& keys) {
  if (keys.has("layer_types")) return set_sliding_layers(config, keys, 0);
  const int period = TRY(keys.integer_or("sliding_window_pattern", {1, 4096}, 3));
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    if (layer % size_t(period) != 0) config.layer_types[layer] = LayerType::kSlidingAttention;
  }
  return {};
}

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.norm_bias = TRY(keys.flag_or("norm_bias", false));
  config.rope_local_base_freq = TRY(keys.number_or("rope_local_base_freq", kTheta, 10000.0f));
  // GGUF files do not say how scores are pooled.
  const std::string_view pooling = TRY(keys.text_or("classifier_pooling", "mean"));
  if (pooling != "mean" && pooling != "cls") {
    return fail(ErrorCode::kUnsupported, "{} is {}; cls and mean are supported",
                keys.full("classifier_pooling"), quoted(pooling));
  }
  config.classifier_pools_mean = pooling == "mean";
  return set_layer_types(config, keys);
}

LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = bidirectional_attention_spec(config, index);
  // The embedding was normed just before the first layer.
  return {.mixer = std::move(attention),
          .mixer_norms = {index == 0 ? "" : "attn_norm"},
          .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_modern_bert() {
  ModelSpec spec = encoder_spec({"modern-bert", "ModernBertModel", "ModernBertForSequenceClassification"},
                                {.layer_of = layer, .head_activation = PooledActivation::kGelu}, configure);
  spec.description = "ModernBERT, GTE ModernBERT, Granite Embedding R2";
  spec.parts.layer_norm = true;
  spec.parts.hidden_act = "gelu";
  spec.conventions.prefix = "model.";
  spec.conventions.layers = "layers.";
  spec.conventions.renames = {{"embeddings.tok_embeddings", "token_embd"},
                              {"embeddings.norm", "token_embd_norm"},
                              {"final_norm", "output_norm"},
                              {"head.dense", "cls"},
                              {"head.norm", "cls.norm"},
                              {"classifier", "cls.output"},
                              {"attn_norm", "attn_norm"},
                              {"attn.Wqkv", "attn_qkv"},
                              {"attn.Wo", "attn_output"},
                              {"mlp_norm", "ffn_norm"},
                              {"mlp.Wi", "ffn_up"},
                              {"mlp.Wo", "ffn_down"}};
  spec.conventions.defaults = {{"layer_norm_eps", 1e-5},
                               {"sliding_window", int64_t{128}},
                               {"rope_theta", 160000.0},
                               {"classifier_pooling", std::string_view("cls")}};
  return spec;
}

}  // namespace hearth
