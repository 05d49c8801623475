#include "models/decoder.h"

namespace hearth {

namespace {

/// The norm before the feed-forward has another's name.
LayerSpec layer(const ModelConfig& config, size_t index) {
  LayerSpec spec = plain_layer(config, index);
  spec.feed_forward_norms = {"post_attention_norm"};
  return spec;
}

}  // namespace

ModelSpec spec_seed_oss() {
  ModelSpec spec = decoder_spec({"seed_oss", "SeedOssForCausalLM"}, layer,
                                [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
  spec.description = "Seed-OSS 36B";
  spec.conventions.renames = {{"post_attention_layernorm", "post_attention_norm"}};
  return spec;
}

}  // namespace hearth
