#include "formats/config.h"
#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "gpt-oss";

/// The limit and the slope of the experts' gates are those of every model of this kind.
Status check_gate(const ConfigKeys& keys, std::string_view key, float known) {
  const float value = TRY(keys.number_or(key, {.lowest = 0.0f, .highest = 1e6f}, known));
  if (value == known) return {};
  return fail_hint(ErrorCode::kUnsupported, "use a model whose gates are those of gpt-oss 20B and 120B",
                   "{} is {}, but only {} is supported", keys.full(key), value, known);
}

/// Every second layer, from the first on, sees a window.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 2;
  TRY(require_experts(config, keys));
  if (config.sliding_window == 0)
    return fail(ErrorCode::kCorruptData, "{} is 0 or missing", keys.full("sliding_window"));
  TRY(check_gate(keys, "swiglu_limit", 7.0f));
  TRY(check_gate(keys, "swiglu_alpha", 1.702f));
  config.attention_bias = config.attention_output_bias = true;
  if (config.architecture == kGgufName) config.rope_scaling.truncate = false;  // GGUF does not say so
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

ModelSpec spec_gpt_oss() {
  ModelSpec spec = decoder_spec({kGgufName, "GptOssForCausalLM"}, layer, configure);
  spec.description = "gpt-oss 20B and 120B";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"},
                              {"self_attn.sinks", "attn_sinks.weight"},
                              {"mlp.router", "ffn_gate_inp"}};
  spec.conventions.stacks = {
      {.from = "mlp.experts.gate_up_proj",
       .parts = {"ffn_gate_exps", "ffn_up_exps"},
       .alternates = true,
       .transposed = true},
      {.from = "mlp.experts.down_proj", .parts = {"ffn_down_exps"}, .transposed = true}};
  spec.conventions.defaults = {
      {"rope_theta", 150000.0}, {"head_dim", int64_t{64}}, {"sliding_window", int64_t{128}}};
  return spec;
}

}  // namespace hearth
