#include "models/decoder.h"

namespace hearth {

/// Qwen 3: q and k are normed per head.
ModelSpec spec_qwen3() {
  return decoder_spec({"qwen3", "Qwen3ForCausalLM"}, {.rope_layout = RopeLayout::kHalves, .qk_norm = true},
                      [](ModelConfig&, const Weights&, const LogSink&) -> Status { return {}; });
}

}  // namespace hearth
