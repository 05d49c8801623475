#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.gated_mlp = false;
  config.use_parallel_residual = TRY(keys.flag_or("use_parallel_residual", true));
  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kGelu;
  return {};
}

/// Also in parallel, attention and feed-forward have norms of their own.
LayerSpec layer(const ModelConfig& config, size_t index) {
  LayerSpec spec = plain_layer(config, index);
  spec.parallel = config.use_parallel_residual;
  return spec;
}

}  // namespace

ModelSpec spec_gptneox() {
  ModelSpec spec = decoder_spec({"gptneox", "GPTNeoXForCausalLM"}, layer, configure);
  spec.description = "GPT-NeoX, Pythia, StableLM alpha, RedPajama-INCITE";
  spec.parts.layer_norm = true;
  spec.conventions.layers = "gpt_neox.layers.";
  spec.conventions.renames = {{"gpt_neox.embed_in", "token_embd"},
                              {"gpt_neox.final_layer_norm", "output_norm"},
                              {"embed_out", "output"},
                              {"attention.query_key_value", "attn_qkv"},
                              {"attention.dense", "attn_output"},
                              {"mlp.dense_h_to_4h", "ffn_up"},
                              {"mlp.dense_4h_to_h", "ffn_down"}};
  spec.conventions.qkv_rows = QkvRows::kByGroup;
  spec.conventions.defaults = {{"partial_rotary_factor", 0.25}};
  return spec;
}

}  // namespace hearth
