#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Every second layer, from the first on, sees a window.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 2;
  if (config.num_experts == 0)
    return fail(ErrorCode::kCorruptData, "{} is 0 or missing in a model of experts",
                keys.full("num_experts"));
  if (config.sliding_window == 0)
    return fail(ErrorCode::kCorruptData, "{} is 0 or missing", keys.full("sliding_window"));
  config.attention_bias = config.attention_output_bias = true;
  config.rope_scaling.truncate = false;
  return set_sliding_layers(config, keys, kPeriod);
}

/// Experts are weighted by a softmax over the picked alone. The norm before them has another's name.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.sinks = true;
  MixtureSpec experts = mixture_spec(config);
  experts.gating = Gating::kSoftmax;
  experts.normalize = true;
  experts.activation = Activation::kClampedSwiglu;
  experts.bias = true;
  return {
      .mixer = std::move(attention), .feed_forward = experts, .feed_forward_norms = {"post_attention_norm"}};
}

}  // namespace

/// gpt-oss 20B and 120B.
ModelSpec spec_gpt_oss() { return decoder_spec({"gpt-oss", "GptOssForCausalLM"}, layer, configure); }

}  // namespace hearth
