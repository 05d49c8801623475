#include <algorithm>

#include "models/decoder.h"

namespace hearth {

namespace {

constexpr Bounds<float> kMultiplier{-1e6f, 1e6f};

Result<float> multiplier(const ConfigKeys& keys, std::string_view key) {
  return keys.number_or(key, kMultiplier, 1.0f);
}

/// What a list of multipliers holds; all 1 where there is none.
template <size_t kSize>
Status read_multipliers(const ConfigKeys& keys, std::string_view key, std::array<float, kSize>& out) {
  const std::vector<float> values = TRY(keys.numbers(key, kMultiplier, kSize));
  std::ranges::copy(values, out.begin());
  return {};
}

/// Converters to GGUF multiply the weights themselves.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  BranchMultipliers& branches = config.branch_multipliers;
  config.embedding_scale = TRY(multiplier(keys, "embedding_multiplier"));
  config.logit_scale = TRY(multiplier(keys, "lm_head_multiplier"));
  branches.attention_in = TRY(multiplier(keys, "attention_in_multiplier"));
  branches.attention_out = TRY(multiplier(keys, "attention_out_multiplier"));
  branches.key = TRY(multiplier(keys, "key_multiplier"));
  branches.ssm_in = TRY(multiplier(keys, "ssm_in_multiplier"));
  branches.ssm_out = TRY(multiplier(keys, "ssm_out_multiplier"));
  TRY(read_multipliers(keys, "ssm_multipliers", branches.ssm_parts));
  TRY(read_multipliers(keys, "mlp_multipliers", branches.mlp));
  if (config.state_space.has_norm && TRY(keys.flag_or("mamba_norm_before_gate", false))) {
    return fail_hint(ErrorCode::kUnsupported, "use a model whose state spaces are normed behind their gate",
                     "{} is true, which is not supported", keys.full("mamba_norm_before_gate"));
  }
  if (config.attention_bias && branches.attention_in != 1.0f) {
    return fail_hint(ErrorCode::kUnsupported, "use a model without biases of q, k and v",
                     "{} is {} in a model whose attention has biases", keys.full("attention_in_multiplier"),
                     branches.attention_in);
  }
  return {};
}

/// Attention and a state space side by side.
LayerSpec layer(const ModelConfig& config, size_t index) {
  const BranchMultipliers& branches = config.branch_multipliers;
  AttentionSpec attention = attention_spec(config, index);
  attention.qkv_scale = {
      .q = branches.attention_in, .k = branches.attention_in * branches.key, .v = branches.attention_in};
  attention.out_scale = branches.attention_out;
  StateSpaceSpec state_space = state_space_spec(config);
  state_space.normed = config.state_space.has_norm;
  state_space.in_scale = branches.ssm_parts;
  for (float& part : state_space.in_scale) part *= branches.ssm_in;
  state_space.out_scale = branches.ssm_out;
  MlpSpec mlp = std::get<MlpSpec>(feed_forward_spec(config, index));
  mlp.gate_scale = branches.mlp[0];
  mlp.up_scale = branches.mlp[1];
  return {.mixer = std::move(attention), .second_mixer = state_space, .feed_forward = mlp};
}

}  // namespace

ModelSpec spec_falcon_h1() {
  ModelSpec spec = decoder_spec({"falcon-h1", "FalconH1ForCausalLM"}, layer, configure);
  spec.description = "Falcon-H1";
  spec.parts.state_space = true;
  spec.conventions.renames = {{"model.final_layernorm", "output_norm"},
                              {"pre_ff_layernorm", "ffn_norm"},
                              {"feed_forward.gate_proj", "ffn_gate"},
                              {"feed_forward.up_proj", "ffn_up"},
                              {"feed_forward.down_proj", "ffn_down"},
                              {"mamba.in_proj", "ssm_in"},
                              {"mamba.conv1d", "ssm_conv1d"},
                              {"mamba.dt_bias", "ssm_dt.bias"},
                              {"mamba.A_log", "ssm_a"},
                              {"mamba.D", "ssm_d"},
                              {"mamba.norm", "ssm_norm"},
                              {"mamba.out_proj", "ssm_out"}};
  spec.conventions.defaults = {
      {"num_key_value_heads", int64_t{8}}, {"max_position_embeddings", int64_t{8192}},
      {"mamba_d_ssm", int64_t{1024}},      {"mamba_norm_before_gate", true},
      {"num_heads", int64_t{128}},         {"state_size", int64_t{256}},
      {"conv_kernel", int64_t{4}}};
  return spec;
}

}  // namespace hearth
