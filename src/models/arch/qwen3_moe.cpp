#include "models/decoder.h"

namespace hearth {

/// Qwen 3 with routed experts in every layer: softmax over all, the picked ones' weights divided by their
/// sum.
ModelSpec spec_qwen3_moe() {
  return decoder_spec(
      {"qwen3moe", "Qwen3MoeForCausalLM"}, {.rope_layout = RopeLayout::kHalves, .qk_norm = true},
      [](ModelConfig& config, const Weights&, const LogSink&) -> Status {
        if (config.num_experts > 0) return {};
        return fail(ErrorCode::kCorruptData, "qwen3moe.expert_count is 0 or missing in a model of experts");
      });
}

}  // namespace hearth
