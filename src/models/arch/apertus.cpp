#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr const char* kHint = "use an Apertus of 8B or 70B";
  config.gated_mlp = false;
  TRY(refuse_flag(keys, "post_norm", true, kHint));
  return refuse_flag(keys, "qk_norm", false, kHint);
}

}  // namespace

/// q and k are normed per head, feed-forwards without gates have xIELU.
ModelSpec spec_apertus() {
  ModelSpec spec = decoder_spec({"apertus", "ApertusForCausalLM"}, qk_normed_layer, configure);
  spec.description = "Apertus 8B and 70B";
  spec.parts.hidden_act = "xielu";
  spec.conventions.renames = {
      {"attention_layernorm", "attn_norm"},      {"feedforward_layernorm", "ffn_norm"},
      {"mlp.act_fn.alpha_p", "ffn_act.alpha_p"}, {"mlp.act_fn.alpha_n", "ffn_act.alpha_n"},
      {"mlp.act_fn.beta", "ffn_act.beta"},       {"mlp.act_fn.eps", "ffn_act.eps"}};
  spec.conventions.defaults = {{"rope_theta", 12e6}};
  return spec;
}

}  // namespace hearth
