#include "models/decoder.h"

namespace hearth {

/// Qwen 2 and 2.5: biases on q, k and v.
ModelSpec spec_qwen2() {
  return decoder_spec({"qwen2", "Qwen2ForCausalLM"}, plain_layer,
                      [](ModelConfig& config, const ConfigKeys&) -> Status {
                        config.attention_bias = true;
                        return {};
                      });
}

}  // namespace hearth
