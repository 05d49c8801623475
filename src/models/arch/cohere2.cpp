#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Three layers of a sliding window, then one that sees everything.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 4;
  if (config.sliding_window == 0)
    return fail(ErrorCode::kCorruptData, "{} is 0 or missing", keys.full("sliding_window"));
  config.norm_bias = false;
  config.logit_scale = TRY(keys.number("logit_scale", {.lowest = 1e-6f, .highest = 1e6f}));
  return set_sliding_layers(config, keys, kPeriod);
}

/// As command-r; layers that see everything know no positions.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  if (attention.window == 0) attention.rope = {};
  return parallel_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_cohere2() {
  ModelSpec spec = decoder_spec({"cohere2", "Cohere2ForCausalLM"}, layer, configure);
  spec.description = "Command R7B, Command A";
  spec.parts.layer_norm = true;
  spec.conventions.defaults = {{"logit_scale", 0.0625}, {"sliding_window", int64_t{4096}}};
  return spec;
}

}  // namespace hearth
