#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// q and k are normed over all heads together.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kAllHeads;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  if (!keys.has("norm_topk_prob")) config.norm_topk_prob = false;
  if (!keys.has("clip_qkv")) return {};
  return fail_hint(ErrorCode::kUnsupported, "use a model whose queries, keys and values are not clipped",
                   "{} is given, which is not supported", keys.full("clip_qkv"));
}

}  // namespace

ModelSpec spec_olmoe() {
  ModelSpec spec = decoder_spec({"olmoe", "OlmoeForCausalLM"}, layer, configure);
  spec.description = "OLMoE";
  return spec;
}

}  // namespace hearth
