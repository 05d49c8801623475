#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// Experts by a softmax, and a bias that balances them.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(require_experts(config, keys));
  config.has_selection_bias = true;
  return {};
}

}  // namespace

ModelSpec spec_ernie4_5_moe() {
  ModelSpec spec = decoder_spec({"ernie4_5-moe", "Ernie4_5_MoeForCausalLM"}, paired_layer, configure);
  spec.description = "ERNIE 4.5 21B-A3B and 300B-A47B";
  spec.conventions.renames = {{"mlp.moe_statics.e_score_correction_bias", "exp_probs_b.bias"}};
  spec.conventions.left_out = {"model.mtp_"};
  spec.conventions.defaults = {{"rope_theta", 500000.0},
                               {"first_k_dense_replace", int64_t{1}},
                               {"n_shared_experts", int64_t{2}},
                               {"tie_word_embeddings", true}};
  return spec;
}

}  // namespace hearth
