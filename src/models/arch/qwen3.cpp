#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// q and k are normed per head.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = true;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config)};
}

}  // namespace

/// Qwen 3.
ModelSpec spec_qwen3() { return decoder_spec({"qwen3", "Qwen3ForCausalLM"}, layer, set_used_sliding_layers); }

}  // namespace hearth
