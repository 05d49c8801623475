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

/// AFM 4.5B: llama with squared ReLU, without gates.
ModelSpec spec_arcee() {
  ModelSpec spec = decoder_spec({"arcee", "ArceeForCausalLM"}, layer,
                                [](ModelConfig& config, const ConfigKeys& keys) -> Status {
                                  config.gated_mlp = false;
                                  if (!keys.has("hidden_act")) config.hidden_act = HiddenAct::kSquaredRelu;
                                  return {};
                                });
  spec.description = "AFM 4.5B";
  spec.conventions.halves_to_pairs = true;
  return spec;
}

}  // namespace hearth
