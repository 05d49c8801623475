#include <cmath>

#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "deepseek2";

/// In f64, as PyTorch computes with Python's numbers.
double yarn_magnitude(const RopeScaling& scaling, double multiplier) {
  return scaling.factor <= 1.0f ? 1.0 : 0.1 * multiplier * std::log(double(scaling.factor)) + 1.0;
}

/// With yarn, scores are multiplied by the square of a magnitude of all dimensions, the rotated and the
/// others; cosines and sines by what is left of the one of the rotated alone, which in GGUF files is nothing.
void set_scale(ModelConfig& config) {
  const LatentAttentionConfig& latent = config.latent_attention;
  RopeScaling& scaling = config.rope_scaling;
  double scale = 1.0 / std::sqrt(double(latent.qk_nope_head_dim + latent.qk_rope_head_dim));
  if (scaling.type == RopeScaling::Type::kYarn) {
    const bool is_gguf = config.architecture == kGgufName;
    const double multiplier = is_gguf ? 10.0 * scaling.mscale_all_dim : scaling.mscale_all_dim;
    scale *= std::pow(yarn_magnitude(scaling, multiplier), 2);
    if (is_gguf) scaling.attention_factor = 1.0f;
  }
  config.attention_scale = float(scale);
}

Status read_latent_attention(ModelConfig& config, const ConfigKeys& keys) {
  constexpr Bounds<int> kRank{1, 1 << 14}, kHeadDim{1, 1024};
  LatentAttentionConfig& latent = config.latent_attention;
  latent.q_lora_rank = TRY(keys.integer_or("q_lora_rank", {0, kRank.highest}, 0));
  latent.kv_lora_rank = TRY(keys.integer("kv_lora_rank", kRank));
  latent.qk_rope_head_dim = TRY(keys.integer("qk_rope_head_dim", {2, kHeadDim.highest}));
  if (keys.has("qk_nope_head_dim")) {
    latent.qk_nope_head_dim = TRY(keys.integer("qk_nope_head_dim", kHeadDim));
  } else {
    const int head_dim = TRY(keys.integer_or("qk_head_dim", kHeadDim, config.head_dim));
    latent.qk_nope_head_dim = head_dim - latent.qk_rope_head_dim;
  }
  if (latent.qk_rope_head_dim % 2 != 0 || latent.qk_nope_head_dim < 1) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} is {}, which is odd or leaves nothing of a head that is not rotated",
                     keys.full("qk_rope_head_dim"), latent.qk_rope_head_dim);
  }
  latent.v_head_dim = TRY(keys.integer_or("value_length_mla", kHeadDim, config.value_head_dim));
  config.rotary_dim = latent.qk_rope_head_dim;
  return {};
}

/// V2 takes experts by softmax, V3 by sigmoids and a bias that balances them.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(read_latent_attention(config, keys));
  set_scale(config);
  if (config.architecture == "DeepseekV3ForCausalLM") config.scoring_func = ScoringFunc::kSigmoid;
  const bool is_v3 = config.scoring_func == ScoringFunc::kSigmoid;
  config.has_selection_bias = is_v3;
  if (!keys.has("norm_topk_prob")) config.norm_topk_prob = is_v3;
  if (!is_v3 && TRY(keys.text_or("topk_method", "group_limited_greedy")) == "greedy") {
    config.n_group = config.topk_group = 1;
  }
  return {};
}

LayerSpec layer(const ModelConfig& config, size_t index) {
  const LatentAttentionConfig& latent = config.latent_attention;
  const LatentAttentionSpec attention{
      .num_heads = config.num_attention_heads,
      .q_rank = latent.q_lora_rank,
      .latent_dim = latent.kv_lora_rank,
      .nope_dim = latent.qk_nope_head_dim,
      .value_dim = latent.v_head_dim,
      .scale = config.attention_scale,
      .rope = {.rotary_dim = config.rotary_dim, .theta = config.rope_theta, .scaling = config.rope_scaling}};
  return {.mixer = attention, .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_deepseek2() {
  ModelSpec spec =
      decoder_spec({kGgufName, "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM"}, layer, configure);
  spec.description = "DeepSeek V2, V2-Lite, V2.5, V3, V3.1, R1, and others of their form";
  spec.conventions.renames = {{"self_attn.q_a_proj", "attn_q_a"},
                              {"self_attn.q_a_layernorm", "attn_q_a_norm"},
                              {"self_attn.q_b_proj", "attn_q_b"},
                              {"self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"},
                              {"self_attn.kv_a_layernorm", "attn_kv_a_norm"},
                              {"self_attn.kv_b_proj", "attn_kv_b"}};
  return spec;
}

}  // namespace hearth
