#include "models/decoder.h"

namespace hearth {

namespace {

LayerSpec layer(const ModelConfig& config, size_t) {
  return {.mixer = state_space_spec(config), .mixer_norms = {"attn_norm"}, .feed_forward = std::nullopt};
}

}  // namespace

/// Mamba 2: state spaces alone, without attention or feed-forwards.
ModelSpec spec_mamba2() {
  ModelSpec spec =
      decoder_spec({"mamba2"}, layer, [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
  spec.parts = {.attention = false, .feed_forward = false, .state_space = true};
  return spec;
}

}  // namespace hearth
