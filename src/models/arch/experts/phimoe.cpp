#include "formats/config.h"
#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "phimoe";

/// Two experts by SparseMixer, whose tolerance is twice the noise of training. GGUF files have a bias of
/// logits.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kTopK = 2;
  TRY(require_experts(config, keys));
  if (config.num_experts_per_tok != kTopK) {
    return fail_hint(ErrorCode::kUnsupported, "use a model whose tokens have two experts",
                     "{} is {}, but models of this kind pick {}", keys.full("num_experts_per_tok"),
                     config.num_experts_per_tok, kTopK);
  }
  config.lm_head_bias = TRY(keys.flag_or("lm_head_bias", config.architecture == kGgufName));
  config.scoring_func = ScoringFunc::kSparseMixer;
  config.router_tolerance = 2.0f * TRY(keys.number_or("router_jitter_noise", {0.0f, 1.0f}, 0.01f));
  return set_sliding_layers(config, keys, 0);
}

}  // namespace

/// Norms by mean and variance, longrope; a sliding window in every layer where the file gives one.
ModelSpec spec_phimoe() {
  ModelSpec spec =
      decoder_spec({kGgufName, "PhiMoEForCausalLM", "PhimoeForCausalLM"}, plain_layer, configure);
  spec.description = "Phi 3.5 MoE, Phi mini and tiny MoE, GRIN MoE";
  spec.parts.layer_norm = true;
  spec.conventions.defaults = {{"rope_theta", 1e6}, {"num_experts_per_tok", int64_t{2}}};
  return spec;
}

}  // namespace hearth
