#include "base/printable.h"
#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "mpt";
constexpr Bounds<float> kBiasMax{0.0f, 1e3f}, kClip{0.0f, 1e6f};

/// What config.json may ask for beyond what all models of this kind have.
Status refuse_others(const ConfigKeys& keys) {
  constexpr std::string_view kType = "attn_config.attn_type", kNorm = "norm_type";
  for (const char* key : {"attn_config.qk_ln", "attn_config.prefix_lm", "attn_config.rope"})
    TRY(refuse_flag(keys, key, true, "use a model without it, as MPT 7B and 30B are"));
  const std::string_view type = TRY(keys.text_or(kType, "multihead_attention"));
  if (type != "multihead_attention") {
    return fail(ErrorCode::kUnsupported, "{} is {}; multihead_attention is supported", keys.full(kType),
                quoted(type));
  }
  if (!TRY(keys.text_or(kNorm, "layernorm")).ends_with("layernorm"))
    return fail(ErrorCode::kUnsupported, "{} names no norm by mean and variance", keys.full(kNorm));
  for (const std::string_view key : {"logit_scale", "ffn_config.ffn_act_fn"}) {
    if (keys.has(key)) return fail(ErrorCode::kUnsupported, "{} is not supported", keys.full(key));
  }
  return {};
}

/// Positions are known by linear biases, or else learned.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  const bool is_gguf = config.architecture == kGgufName;
  config.gated_mlp = false;
  if (is_gguf || !keys.has("hidden_act")) config.hidden_act = HiddenAct::kGelu;
  config.clip_qkv = TRY(keys.number_or("clip_qkv", kClip, 0.0f));
  if (is_gguf || TRY(keys.flag_or("alibi", true)))
    config.alibi_bias_max = TRY(keys.number_or("alibi_bias_max", kBiasMax, is_gguf ? 0.0f : 8.0f));
  if (config.alibi_bias_max == 0.0f && config.num_learned_positions == 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} is 0 or missing, and so is the table of learned positions",
                     keys.full("alibi_bias_max"));
  }
  return is_gguf ? Status() : refuse_others(keys);
}

}  // namespace

ModelSpec spec_mpt() {
  ModelSpec spec = decoder_spec({kGgufName, "MptForCausalLM", "MPTForCausalLM"}, plain_layer, configure);
  spec.description = "MPT 7B and 30B";
  spec.parts.layer_norm = true;
  spec.parts.rotary = false;
  spec.parts.mlp_ratio = 4;
  spec.conventions.prefix = "transformer.";
  spec.conventions.layers = "blocks.";
  spec.conventions.renames = {{"wte", "token_embd"},
                              {"wpe", "position_embd"},
                              {"norm_f", "output_norm"},
                              {"norm_1", "attn_norm"},
                              {"norm_2", "ffn_norm"},
                              {"attn.Wqkv", "attn_qkv"},
                              {"attn.out_proj", "attn_output"},
                              {"ffn.up_proj", "ffn_up"},
                              {"ffn.down_proj", "ffn_down"}};
  spec.conventions.defaults = {{"layer_norm_eps", 1e-5}, {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
