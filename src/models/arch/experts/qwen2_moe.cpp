#include "formats/config.h"
#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  if (config.shared_expert_intermediate_size == 0) {
    return fail(ErrorCode::kCorruptData, "{} is 0 or missing in a model of experts",
                keys.full("shared_expert_intermediate_size"));
  }
  config.attention_bias = true;
  if (!keys.has("norm_topk_prob")) config.norm_topk_prob = false;
  return set_used_sliding_layers(config, keys);
}

/// The shared expert has a gate.
LayerSpec layer(const ModelConfig& config, size_t index) {
  FeedForwardSpec feed_forward = feed_forward_spec(config, index);
  if (auto* experts = std::get_if<MixtureSpec>(&feed_forward)) experts->shared.gated = true;
  return {.mixer = attention_spec(config, index), .feed_forward = std::move(feed_forward)};
}

}  // namespace

/// Qwen 1.5 and 2 with routed experts and a shared one in every layer.
ModelSpec spec_qwen2_moe() {
  ModelSpec spec = decoder_spec({"qwen2moe", "Qwen2MoeForCausalLM"}, layer, configure);
  spec.description = "Qwen 1.5 MoE, Qwen 2 57B-A14B";
  return spec;
}

}  // namespace hearth
