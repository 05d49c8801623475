#include <utility>

#include "base/printable.h"
#include "models/bert_spec.h"

namespace hearth {

namespace {

/// Of a key of config.json that may have one value alone.
Status demand(const ConfigKeys& keys, std::string_view key, std::string_view value) {
  const std::string_view found = TRY(keys.text_or(key, value));
  if (found == value) return {};
  return fail(ErrorCode::kUnsupported, "{} is {}; {} is supported", keys.full(key), quoted(found), value);
}

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr float kBiasMax = 8.0f;
  config.alibi_bias_max = kBiasMax;
  TRY(demand(keys, "position_embedding_type", "alibi"));
  return demand(keys, "feed_forward_type", "geglu");
}

/// The code variant has the names of this architecture, and queries and keys that are normed before anything
/// else.
Status refuse_code_variant(const TensorSet& tensors) {
  constexpr std::string_view kNorm = "blk.0.attn_q_norm.weight";
  if (tensors.find(kNorm) == nullptr) return {};
  return fail_hint(ErrorCode::kUnsupported,
                   "use a Jina Embeddings 2 of a language, or Qwen3-Embedding, which reads code as well",
                   "the tensor {} is of the code variant of Jina Embeddings 2, which is not supported",
                   tensors.spelling(kNorm));
}

/// Gates and ups are one product without biases.
LayerSpec layer(const ModelConfig& config, size_t index) {
  LayerSpec spec = post_norm_layer(config, index);
  std::get<MlpSpec>(*spec.feed_forward).down_bias = true;
  return spec;
}

}  // namespace

/// BERT with linear biases in place of positions, and gated feed-forwards.
ModelSpec spec_jina_bert_v2() {
  ModelSpec spec = bert_spec({"jina-bert-v2", "JinaBertModel", "JinaBertForMaskedLM"}, configure, layer);
  spec.description = "Jina Embeddings 2";
  spec.conventions.renames.insert(spec.conventions.renames.begin(),
                                  {{"mlp.gated_layers", "ffn_up"},
                                   {"mlp.wo", "ffn_down"},
                                   {"mlp.layernorm", "layer_output_norm"},
                                   {"attention.self.layer_norm_q", "attn_q_norm"}});
  spec.build = BuildEncoderModel([build = std::get<BuildEncoderModel>(std::move(spec.build))](
                                     const LoadContext& context) -> Result<std::unique_ptr<EncoderModel>> {
    TRY(refuse_code_variant(context.tensors));
    return build(context);
  });
  return spec;
}

}  // namespace hearth
