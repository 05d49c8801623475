#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

/// Qwen 3: q and k are normed per head.
ModelSpec spec_qwen3() {
  ModelSpec spec = decoder_spec({"qwen3", "Qwen3ForCausalLM"}, qk_normed_layer, set_used_sliding_layers);
  spec.description = "Qwen 3";
  return spec;
}

}  // namespace hearth
