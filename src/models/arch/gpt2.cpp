#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Positions are learned. Scores may be scaled in further ways, which GGUF files cannot say.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.gated_mlp = false;
  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kGeluTanh;
  if (config.num_learned_positions == 0)
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the table of learned positions is missing");
  constexpr const char* kHint = "use a model whose scores are scaled as those of GPT-2";
  TRY(refuse_flag(keys, "scale_attn_by_inverse_layer_idx", true, kHint));
  return refuse_flag(keys, "scale_attn_weights", false, kHint);
}

}  // namespace

/// Checkpoints hold weights transposed.
ModelSpec spec_gpt2() {
  ModelSpec spec = decoder_spec({"gpt2", "GPT2LMHeadModel"}, plain_layer, configure);
  spec.description = "GPT-2 and what is made of it";
  spec.parts.layer_norm = true;
  spec.parts.rotary = false;
  spec.parts.mlp_ratio = 4;
  spec.conventions.prefix = "transformer.";
  spec.conventions.layers = "h.";
  spec.conventions.renames = {
      {"wte", "token_embd"},          {"wpe", "position_embd"}, {"ln_f", "output_norm"},
      {"ln_1", "attn_norm"},          {"ln_2", "ffn_norm"},     {"attn.c_attn", "attn_qkv"},
      {"attn.c_proj", "attn_output"}, {"mlp.c_fc", "ffn_up"},   {"mlp.c_proj", "ffn_down"}};
  spec.conventions.transposed = {"attn_qkv", "attn_output", "ffn_up", "ffn_down"};
  spec.conventions.defaults = {{"layer_norm_eps", 1e-5}, {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
