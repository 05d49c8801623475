#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

/// Qwen 2 and 2.5: biases on q, k and v.
ModelSpec spec_qwen2() {
  ModelSpec spec = decoder_spec({"qwen2", "Qwen2ForCausalLM"}, plain_layer,
                                [](ModelConfig& config, const ConfigKeys& keys) {
                                  config.attention_bias = true;
                                  return set_used_sliding_layers(config, keys);
                                });
  spec.description = "Qwen 2 and 2.5";
  return spec;
}

}  // namespace hearth
