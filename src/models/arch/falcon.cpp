#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "falcon";

/// Keys and values have one head, or with the newer form as many as files say. GGUF files hold that number
/// alone; what else a folder's config may say, no model of theirs has.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.gated_mlp = false;
  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kGelu;
  if (config.architecture == kGgufName) return {};
  const bool is_newer = TRY(keys.flag_or("new_decoder_architecture", false));
  constexpr const char* kHint = "use a Falcon of 7B, 11B, 40B or 180B";
  TRY(refuse_flag(keys, "alibi", true, kHint));
  if (!is_newer) TRY(refuse_flag(keys, "parallel_attn", false, kHint));
  const int heads = config.num_attention_heads;
  if (is_newer) {
    config.num_key_value_heads = TRY(keys.integer_or("num_kv_heads", {1, heads}, heads));
  } else if (TRY(keys.flag_or("multi_query", true))) {
    config.num_key_value_heads = 1;
  }
  if (heads % config.num_key_value_heads == 0) return {};
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, which does not divide the {} of {}",
                   keys.full("num_kv_heads"), config.num_key_value_heads, heads,
                   keys.full("num_attention_heads"));
}

/// Attention and feed-forward in parallel, with a norm each or with one.
LayerSpec layer(const ModelConfig& config, size_t index) {
  LayerSpec spec = parallel_layer(config, attention_spec(config, index), index);
  if (config.two_parallel_norms) spec.mixer_norms = {"attn_norm_2"};
  return spec;
}

}  // namespace

ModelSpec spec_falcon() {
  ModelSpec spec = decoder_spec({kGgufName, "FalconForCausalLM"}, layer, configure);
  spec.description = "Falcon 7B, 40B, 180B, Falcon 2 11B";
  spec.parts.layer_norm = true;
  spec.parts.mlp_ratio = 4;
  spec.conventions.prefix = "transformer.";
  spec.conventions.layers = "h.";
  spec.conventions.renames = {{"word_embeddings", "token_embd"},
                              {"ln_f", "output_norm"},
                              {"ln_attn", "attn_norm_2"},
                              {"ln_mlp", "attn_norm"},
                              {"self_attention.query_key_value", "attn_qkv"},
                              {"self_attention.dense", "attn_output"},
                              {"mlp.dense_h_to_4h", "ffn_up"},
                              {"mlp.dense_4h_to_h", "ffn_down"}};
  spec.conventions.qkv_rows = QkvRows::kByGroup;
  spec.conventions.defaults = {
      {"layer_norm_eps", 1e-5}, {"max_position_embeddings", int64_t{2048}}, {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
