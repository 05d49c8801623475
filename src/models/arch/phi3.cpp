#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

/// Phi 3, 3.5 and 4: q|k|v and gate|up are stored as one tensor each; longrope; a sliding window in every
/// layer where the file gives one.
ModelSpec spec_phi3() {
  ModelSpec spec = decoder_spec(
      {"phi3", "Phi3ForCausalLM"}, plain_layer,
      [](ModelConfig& config, const ConfigKeys& keys) { return set_sliding_layers(config, keys, 0); });
  spec.description = "Phi 3, 3.5 and 4";
  return spec;
}

}  // namespace hearth
