#include "models/decoder.h"

namespace hearth {

/// Nemotron 3 and 4, Minitron: squared ReLU without gates. Norm weights in GGUF files are those of Hugging
/// Face plus one.
ModelSpec spec_nemotron() {
  ModelSpec spec = decoder_spec({"nemotron", "NemotronForCausalLM"}, plain_layer,
                                [](ModelConfig& config, const ConfigKeys& keys) -> Status {
                                  config.gated_mlp = false;
                                  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kSquaredRelu;
                                  return {};
                                });
  spec.description = "Nemotron 3 and 4, Minitron";
  spec.parts.layer_norm = true;
  spec.conventions.norm_offset = 1.0f;
  spec.conventions.defaults = {{"partial_rotary_factor", 0.5}};
  return spec;
}

}  // namespace hearth
