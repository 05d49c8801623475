#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

/// Qwen 3: q and k are normed per head. Its rerankers may have a head of their own.
ModelSpec spec_qwen3() {
  ModelSpec spec = decoder_spec({"qwen3", "Qwen3ForCausalLM", "Qwen3ForSequenceClassification"},
                                qk_normed_layer, set_used_sliding_layers);
  spec.description = "Qwen 3";
  return spec;
}

}  // namespace hearth
