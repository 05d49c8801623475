#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Mistral's and Mixtral's config.json give a window of every layer; Llama's have none, and GGUF files of all
/// three none that is used.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  const bool has_window =
      config.architecture == "MistralForCausalLM" || config.architecture == "MixtralForCausalLM";
  return has_window ? set_sliding_layers(config, keys, 0) : Status();
}

}  // namespace

/// Llama 1 to 3, Mistral, Mixtral, SmolLM 1 and 2.
ModelSpec spec_llama() {
  ModelSpec spec = decoder_spec({"llama", "LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM"},
                                paired_layer, configure);
  spec.description = "Llama 1 to 3, Mistral, Mixtral, SmolLM 1 and 2, Yi, and others of their form";
  spec.parts.may_differ = true;
  spec.conventions.halves_to_pairs = true;
  return spec;
}

}  // namespace hearth
