#include "formats/config.h"
#include "formats/rope_layers.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Every fourth layer knows no positions; where the files say that windows are used, such layers have one.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 4;
  TRY(set_rope_layers(config, keys, kPeriod));
  const bool has_windows = TRY(keys.flag_or("use_sliding_window", false)) && config.sliding_window > 0;
  if (!has_windows) return {};
  if (keys.has("layer_types")) return set_sliding_layers(config, keys, 0);
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    if (!config.rope_layers[layer]) config.layer_types[layer] = LayerType::kSlidingAttention;
  }
  return {};
}

}  // namespace

ModelSpec spec_smollm3() {
  ModelSpec spec = decoder_spec({"smollm3", "SmolLM3ForCausalLM"}, paired_layer, configure);
  spec.description = "SmolLM 3";
  spec.conventions.halves_to_pairs = true;
  spec.conventions.defaults = {{"num_key_value_heads", int64_t{4}},
                               {"rms_norm_eps", 1e-6},
                               {"rope_theta", 2e6},
                               {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
