#include <utility>

#include "models/decoder.h"

namespace hearth {

namespace {

/// The converter to GGUF permutes the rows of q and k as those of llama.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

/// Llama, whose layers differ in heads and in the size of their feed-forwards. Some have layers without
/// attention or a feed-forward, which do not run here.
ModelSpec spec_deci() {
  ModelSpec spec = decoder_spec({"deci"}, layer, [](ModelConfig&, const ConfigKeys&) { return Status(); });
  spec.description = "DeciLM 7B";
  spec.parts.may_differ = true;
  return spec;
}

}  // namespace hearth
