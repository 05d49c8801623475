#include "models/decoder.h"

namespace hearth {

namespace {

constexpr Bounds<float> kMultiplier{1e-6f, 1e6f};

/// Embeddings, scores, what joins the residual and logits are multiplied, the last by the inverse of what the
/// files give.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.embedding_scale = TRY(keys.number_or("embedding_multiplier", kMultiplier, 1.0f));
  config.residual_multiplier = TRY(keys.number_or("residual_multiplier", kMultiplier, 1.0f));
  config.logit_scale = 1.0f / TRY(keys.number_or("logits_scaling", kMultiplier, 1.0f));
  if (!TRY(keys.flag_or("rope_finetuned", true)))
    config.rope_layers.assign(size_t(config.num_hidden_layers), false);
  return {};
}

}  // namespace

ModelSpec spec_granite() {
  ModelSpec spec = decoder_spec(
      {"granite", "GraniteForCausalLM", "granitemoe", "GraniteMoeForCausalLM", "GraniteMoeSharedForCausalLM"},
      paired_layer, configure);
  spec.description = "Granite 3 and 4, dense and of experts, without state spaces";
  spec.conventions.renames = {{"block_sparse_moe.router.layer", "ffn_gate_inp"},
                              {"shared_mlp.input_linear", "ffn_up_shexp"},
                              {"shared_mlp.output_linear", "ffn_down_shexp"}};
  spec.conventions.stacks = {
      {.from = "block_sparse_moe.input_linear.weight", .parts = {"ffn_gate_exps", "ffn_up_exps"}},
      {.from = "block_sparse_moe.output_linear.weight", .parts = {"ffn_down_exps"}}};
  spec.conventions.halves_to_pairs = true;
  spec.conventions.defaults = {{"attention_multiplier", 1.0}, {"rms_norm_eps", 1e-6}};
  return spec;
}

}  // namespace hearth
