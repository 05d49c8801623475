#include "models/decoder.h"

namespace hearth {

/// Llama 1 to 3, Mistral, Mixtral, SmolLM 1 and 2. The converter to GGUF permutes the rows of q and k so that
/// rotary pairs lie side by side.
ModelSpec spec_llama() {
  return decoder_spec({"llama", "LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM"},
                      {.rope_layout = RopeLayout::kPairs},
                      [](ModelConfig&, const Weights&, const LogSink&) -> Status { return {}; });
}

}  // namespace hearth
