#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Nothing is normed before a branch; q and k are, and what joins the residual. The 32B model has three
/// layers with a sliding window, then one that sees everything and knows no positions; the 1.2B model has no
/// windows.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kPerHead;
  if (config.sliding_window > 0 && attention.window == 0) attention.rope = {};
  return output_normed_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_exaone4() {
  constexpr int kPeriod = 4;
  ModelSpec spec = decoder_spec(
      {"exaone4", "Exaone4ForCausalLM"}, layer,
      [](ModelConfig& config, const ConfigKeys& keys) { return set_sliding_layers(config, keys, kPeriod); });
  spec.description = "EXAONE 4";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"},
                              {"post_feedforward_layernorm", "post_ffw_norm"}};
  spec.conventions.defaults = {{"rms_norm_eps", 1e-5}, {"sliding_window", int64_t{4096}}};
  return spec;
}

}  // namespace hearth
