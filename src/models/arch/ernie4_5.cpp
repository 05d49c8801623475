#include "models/decoder.h"

namespace hearth {

ModelSpec spec_ernie4_5() {
  ModelSpec spec = decoder_spec({"ernie4_5", "Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"}, paired_layer,
                                [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
  spec.description = "ERNIE 4.5 0.3B";
  spec.conventions.defaults = {{"rope_theta", 500000.0}, {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
