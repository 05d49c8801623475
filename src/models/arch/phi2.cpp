#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  config.gated_mlp = false;
  config.lm_head_bias = true;
  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kGeluTanh;
  return {};
}

LayerSpec layer(const ModelConfig& config, size_t index) {
  return parallel_layer(config, attention_spec(config, index), index);
}

}  // namespace

ModelSpec spec_phi2() {
  ModelSpec spec = decoder_spec({"phi2", "PhiForCausalLM"}, layer, configure);
  spec.description = "Phi 1, 1.5 and 2";
  spec.parts.layer_norm = true;
  spec.conventions.renames = {{"model.final_layernorm", "output_norm"},
                              {"self_attn.dense", "attn_output"},
                              {"mlp.fc1", "ffn_up"},
                              {"mlp.fc2", "ffn_down"}};
  spec.conventions.defaults = {{"partial_rotary_factor", 0.5}};
  return spec;
}

}  // namespace hearth
