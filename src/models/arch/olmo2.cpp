#include "formats/config.h"
#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Olmo 3 has three layers of a sliding window, whose rotation is not scaled, then one that sees everything.
/// Its GGUF files go by the name of Olmo 2, which has no windows.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kPeriod = 4;
  if (config.sliding_window == 0) return {};
  config.rope_local_base_freq =
      TRY(keys.number_or("rope_local_base_freq", {.lowest = 1.001f, .highest = 1e15f}, config.rope_theta));
  TRY(refuse_local_rope_scaling(keys));
  return set_sliding_layers(config, keys, kPeriod);
}

/// Nothing is normed before a branch; q and k of all heads are, and what joins the residual.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kAllHeads;
  return output_normed_layer(config, std::move(attention), index);
}

}  // namespace

ModelSpec spec_olmo2() {
  ModelSpec spec = decoder_spec({"olmo2", "Olmo2ForCausalLM", "Olmo3ForCausalLM"}, layer, configure);
  spec.description = "OLMo 2 and 3";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"},
                              {"post_feedforward_layernorm", "post_ffw_norm"}};
  spec.conventions.defaults = {{"rms_norm_eps", 1e-5}};
  return spec;
}

}  // namespace hearth
