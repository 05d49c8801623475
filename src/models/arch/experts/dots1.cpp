#include "formats/config.h"
#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Experts by sigmoids and a bias that balances them.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  config.scoring_func = ScoringFunc::kSigmoid;
  config.has_selection_bias = true;
  if (!keys.has("norm_topk_prob")) config.norm_topk_prob = false;
  return set_used_sliding_layers(config, keys);
}

}  // namespace

ModelSpec spec_dots1() {
  ModelSpec spec = decoder_spec({"dots1", "Dots1ForCausalLM"}, qk_normed_layer, configure);
  spec.description = "dots.llm1";
  spec.conventions.defaults = {
      {"use_sliding_window", true}, {"max_window_layers", int64_t{62}}, {"rms_norm_eps", 1e-6}};
  return spec;
}

}  // namespace hearth
