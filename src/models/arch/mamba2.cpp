#include "models/decoder.h"

namespace hearth {

namespace {

LayerSpec layer(const ModelConfig& config, size_t) {
  return {.mixer = state_space_spec(config), .mixer_norms = {"attn_norm"}, .feed_forward = std::nullopt};
}

}  // namespace

/// Mamba 2: state spaces alone, without attention or feed-forwards.
ModelSpec spec_mamba2() {
  ModelSpec spec = decoder_spec({"mamba2", "Mamba2ForCausalLM"}, layer,
                                [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
  spec.description = "Mamba 2";
  spec.parts = {.attention = false, .feed_forward = false, .state_space = true};
  spec.conventions.layers = "backbone.layers.";
  spec.conventions.renames = {{"backbone.embeddings", "token_embd"},
                              {"backbone.norm_f", "output_norm"},
                              {"norm", "attn_norm"},
                              {"mixer.in_proj", "ssm_in"},
                              {"mixer.conv1d", "ssm_conv1d"},
                              {"mixer.dt_bias", "ssm_dt.bias"},
                              {"mixer.A_log", "ssm_a"},
                              {"mixer.D", "ssm_d"},
                              {"mixer.norm", "ssm_norm"},
                              {"mixer.out_proj", "ssm_out"}};
  // A state has no context of its own; converters to GGUF write as much.
  spec.conventions.defaults = {{"max_position_embeddings", int64_t{1} << 20},
                               {"rms_norm_eps", 1e-5},
                               {"num_heads", int64_t{128}},
                               {"state_size", int64_t{128}},
                               {"n_groups", int64_t{8}},
                               {"conv_kernel", int64_t{4}},
                               {"expand", int64_t{2}}};
  return spec;
}

}  // namespace hearth
