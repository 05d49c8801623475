#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

/// StarCoder 2: biases on everything, feed-forwards without gates, a sliding window in every layer where the
/// file gives one.
ModelSpec spec_starcoder2() {
  ModelSpec spec = decoder_spec({"starcoder2", "Starcoder2ForCausalLM"}, plain_layer,
                                [](ModelConfig& config, const ConfigKeys& keys) {
                                  config.gated_mlp = false;
                                  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kGeluTanh;
                                  return set_sliding_layers(config, keys, 0);
                                });
  spec.description = "StarCoder 2";
  spec.parts.layer_norm = true;
  spec.conventions.renames = {{"mlp.c_fc", "ffn_up"}, {"mlp.c_proj", "ffn_down"}};
  return spec;
}

}  // namespace hearth
