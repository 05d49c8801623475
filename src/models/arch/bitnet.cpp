#include "models/decoder.h"

namespace hearth {

namespace {

/// Some folders hold weights that their code makes ternary as it runs.
Status configure(ModelConfig&, const ConfigKeys& keys) {
  constexpr std::string_view kBits = "weight_bits";
  if (!keys.has(kBits)) return {};
  return fail_hint(ErrorCode::kUnsupported, "use a GGUF file of the model, such as one in TQ2_0",
                   "{} says that weights become ternary as the model runs, which is not supported",
                   keys.full(kBits));
}

/// What attention and gates give is normed before it is multiplied by ternary weights.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.sub_norm = true;
  FeedForwardSpec feed_forward = feed_forward_spec(config, index);
  if (auto* mlp = std::get_if<MlpSpec>(&feed_forward)) mlp->sub_norm = true;
  return {.mixer = std::move(attention), .feed_forward = std::move(feed_forward)};
}

}  // namespace

ModelSpec spec_bitnet() {
  ModelSpec spec =
      decoder_spec({"bitnet", "BitNetForCausalLM", "BitnetForCausalLM", "bitnet-b1.58"}, layer, configure);
  spec.description = "BitNet b1.58";
  spec.conventions.renames = {{"self_attn.attn_sub_norm", "attn_sub_norm"},
                              {"self_attn.inner_attn_ln", "attn_sub_norm"},
                              {"mlp.ffn_sub_norm", "ffn_sub_norm"},
                              {"mlp.ffn_layernorm", "ffn_sub_norm"}};
  spec.conventions.defaults = {{"rope_theta", 500000.0}, {"hidden_act", std::string_view("relu2")}};
  return spec;
}

}  // namespace hearth
