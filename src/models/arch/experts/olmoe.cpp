#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr Bounds<float> kClip{0.0f, 1e6f};

/// q and k are normed over all heads together, before they are clipped.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kAllHeads;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  if (!keys.has("norm_topk_prob")) config.norm_topk_prob = false;
  config.clip_qkv = TRY(keys.number_or("clip_qkv", kClip, 0.0f));
  return {};
}

}  // namespace

ModelSpec spec_olmoe() {
  ModelSpec spec = decoder_spec({"olmoe", "OlmoeForCausalLM"}, layer, configure);
  spec.description = "OLMoE";
  return spec;
}

}  // namespace hearth
