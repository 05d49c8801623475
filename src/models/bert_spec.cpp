#include "models/bert_spec.h"

#include "base/printable.h"
#include "models/encoder.h"

namespace hearth {

Status configure_bert(ModelConfig& config, const ConfigKeys& keys) {
  config.gated_mlp = false;
  const std::string_view positions = TRY(keys.text_or("position_embedding_type", "absolute"));
  if (positions == "absolute") return {};
  return fail(ErrorCode::kUnsupported, "{} is {}; absolute positions are supported",
              keys.full("position_embedding_type"), quoted(positions));
}

ModelSpec bert_spec(std::vector<std::string_view> names,
                    std::function<Status(ModelConfig&, const ConfigKeys&)> configure, LayerSpecOf layer_of) {
  ModelSpec spec = encoder_spec(std::move(names), {.layer_of = std::move(layer_of)}, std::move(configure));
  spec.parts.layer_norm = true;
  spec.parts.rotary = false;
  spec.parts.hidden_act = "gelu";
  spec.conventions.layers = "encoder.layer.";
  spec.conventions.renames = {{"embeddings.word_embeddings", "token_embd"},
                              {"embeddings.position_embeddings", "position_embd"},
                              {"embeddings.token_type_embeddings", "token_types"},
                              {"embeddings.LayerNorm", "token_embd_norm"},
                              {"attention.self.query", "attn_q"},
                              {"attention.self.key", "attn_k"},
                              {"attention.self.value", "attn_v"},
                              {"attention.output.dense", "attn_output"},
                              {"attention.output.LayerNorm", "attn_output_norm"},
                              {"intermediate.dense", "ffn_up"},
                              {"output.dense", "ffn_down"},
                              {"output.LayerNorm", "layer_output_norm"},
                              {"pooler.dense", "cls"},
                              // As TensorFlow calls them, in checkpoints that were converted early.
                              {"embeddings.LayerNorm.gamma", "token_embd_norm.weight"},
                              {"embeddings.LayerNorm.beta", "token_embd_norm.bias"},
                              {"attention.output.LayerNorm.gamma", "attn_output_norm.weight"},
                              {"attention.output.LayerNorm.beta", "attn_output_norm.bias"},
                              {"output.LayerNorm.gamma", "layer_output_norm.weight"},
                              {"output.LayerNorm.beta", "layer_output_norm.bias"}};
  spec.conventions.defaults = {{"layer_norm_eps", 1e-12}};
  return spec;
}

}  // namespace hearth
