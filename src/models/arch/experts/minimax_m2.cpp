#include <algorithm>

#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Experts by sigmoids and a bias that balances them.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  config.scoring_func = ScoringFunc::kSigmoid;
  config.has_selection_bias = true;
  constexpr const char* kTypes = "attn_type_list";
  const std::vector<int> types = TRY(keys.integers(kTypes, {0, 1}, size_t(config.num_hidden_layers)));
  const auto linear = std::ranges::find(types, 0);
  if (linear == types.end()) return {};
  return fail_hint(ErrorCode::kUnsupported, "use a model whose layers all have softmax attention",
                   "{}[{}] is 0, for linear attention, which is not supported", keys.full(kTypes),
                   linear - types.begin());
}

/// q and k are normed over all heads together, and rotated in part.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kAllHeads;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_minimax_m2() {
  ModelSpec spec = decoder_spec({"minimax-m2", "MiniMaxM2ForCausalLM"}, layer, configure);
  spec.description = "MiniMax M2 and M2.1";
  spec.conventions.renames = {{"block_sparse_moe.e_score_correction_bias", "exp_probs_b.bias"}};
  spec.conventions.defaults = {{"rope_theta", 5e6}, {"rms_norm_eps", 1e-6}};
  return spec;
}

}  // namespace hearth
