#include "models/decoder.h"

namespace hearth {

namespace {

/// The converter to GGUF permutes the rows of q and k so that rotary pairs lie side by side.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config)};
}

}  // namespace

/// Llama 1 to 3, Mistral, Mixtral, SmolLM 1 and 2.
ModelSpec spec_llama() {
  return decoder_spec({"llama", "LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM"}, layer,
                      [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
}

}  // namespace hearth
