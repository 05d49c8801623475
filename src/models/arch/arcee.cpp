#include "models/decoder.h"

namespace hearth {

/// AFM 4.5B: llama with squared ReLU, without gates.
ModelSpec spec_arcee() {
  ModelSpec spec = decoder_spec({"arcee", "ArceeForCausalLM"}, paired_layer,
                                [](ModelConfig& config, const ConfigKeys& keys) -> Status {
                                  config.gated_mlp = false;
                                  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kSquaredRelu;
                                  return {};
                                });
  spec.description = "AFM 4.5B";
  spec.conventions.halves_to_pairs = true;
  return spec;
}

}  // namespace hearth
