#include "formats/config.h"
#include "formats/expert_keys.h"
#include "models/decoder.h"

namespace hearth {

/// Qwen 3 with routed experts in every layer: softmax over all, the picked ones' weights divided by their
/// sum.
ModelSpec spec_qwen3_moe() {
  ModelSpec spec = decoder_spec({"qwen3moe", "Qwen3MoeForCausalLM"}, qk_normed_layer,
                                [](ModelConfig& config, const ConfigKeys& keys) -> Status {
                                  TRY(require_experts(config, keys));
                                  return set_used_sliding_layers(config, keys);
                                });
  spec.description = "Qwen 3 30B-A3B and 235B-A22B";
  spec.conventions.defaults = {{"norm_topk_prob", false}};
  return spec;
}

}  // namespace hearth
