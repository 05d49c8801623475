#include "models/decoder.h"

namespace hearth {

namespace {

/// Rotary pairs lie side by side in all files.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_ernie4_5() {
  ModelSpec spec = decoder_spec({"ernie4_5", "Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"}, layer,
                                [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
  spec.description = "ERNIE 4.5 0.3B";
  spec.conventions.defaults = {{"rope_theta", 500000.0}, {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
