#include "models/decoder_layers.h"

#include <vector>

namespace hearth {

namespace {

Activation activation_of(const ModelConfig& config) {
  return config.hidden_act == HiddenAct::kGeluTanh ? Activation::kGeluTanh : Activation::kSilu;
}

/// Loads the tensors of one layer.
class LayerLoader {
 public:
  LayerLoader(TensorLoader& tensors, Backend& backend, const ModelConfig& config, size_t index)
      : tensors_(tensors), backend_(backend), config_(config), prefix_(fmt::format("blk.{}.", index)) {}

  std::string name(std::string_view part) const { return prefix_ + std::string(part); }

  Result<RmsNorm> norm(std::string_view part, int64_t size) {
    return tensors_.norm(name(part), size, config_.rms_norm_eps);
  }
  Result<std::optional<RmsNorm>> optional_norm(bool wanted, std::string_view part, int64_t size) {
    if (!wanted) return std::nullopt;
    return TRY(norm(part, size));
  }
  Result<ResidualAdd> residual_add(bool post_norm, std::string_view part) {
    return ResidualAdd(backend_, TRY(optional_norm(post_norm, part, config_.hidden_size)));
  }

  Result<Linear> qkv() {
    const int64_t q = int64_t(config_.num_attention_heads) * config_.head_dim;
    const int64_t k = int64_t(config_.num_key_value_heads) * config_.head_dim;
    const int64_t v = int64_t(config_.num_key_value_heads) * config_.value_head_dim;
    std::vector<NamedRows> parts{{name("attn_q"), q}, {name("attn_k"), k}, {name("attn_v"), v}};
    if (tensors_.has(name("attn_qkv.weight"))) parts = {{name("attn_qkv"), q + k + v}};
    return tensors_.linear(parts, config_.hidden_size, config_.attention_bias);
  }
  Result<Linear> attention_output() {
    const NamedRows part{name("attn_output"), config_.hidden_size};
    const int64_t cols = int64_t(config_.num_attention_heads) * config_.value_head_dim;
    return tensors_.linear({&part, 1}, cols, config_.attention_output_bias);
  }

  Result<Mlp> mlp(const DecoderTraits& traits) {
    const int64_t ff = config_.intermediate_size;
    std::vector<NamedRows> parts{{name("ffn_gate"), ff}, {name("ffn_up"), ff}};
    // Without a gate of its own, the up projection holds the gate's rows first.
    if (!tensors_.has(name("ffn_gate.weight"))) parts = {{name("ffn_up"), 2 * ff}};
    const NamedRows down{name("ffn_down"), config_.hidden_size};
    return Mlp{.norm = TRY(norm("ffn_norm", config_.hidden_size)),
               .gate_up = TRY(tensors_.linear(parts, config_.hidden_size, config_.mlp_bias)),
               .down = TRY(tensors_.linear({&down, 1}, ff, config_.mlp_bias)),
               .add = TRY(residual_add(traits.post_norms, "post_ffw_norm")),
               .activation = activation_of(config_)};
  }

  Result<Moe> moe() {
    const int64_t hidden = config_.hidden_size, ff = config_.moe_intermediate_size;
    const TensorView router = TRY(tensors_.take(name("ffn_gate_inp.weight"), {config_.num_experts, hidden}));
    const NamedRows gate_up[] = {{name("ffn_gate_exps"), ff}, {name("ffn_up_exps"), ff}};
    const NamedRows down[] = {{name("ffn_down_exps"), hidden}};
    return Moe{.backend = &backend_,
               .norm = TRY(norm("ffn_norm", hidden)),
               .router = TRY(tensors_.pack({&router, 1})),
               .gate_up = TRY(tensors_.experts(gate_up, config_.num_experts, hidden)),
               .down = TRY(tensors_.experts(down, config_.num_experts, ff)),
               .num_experts = config_.num_experts,
               .num_experts_per_tok = config_.num_experts_per_tok,
               .gating = config_.scoring_func == ScoringFunc::kSigmoid ? Gating::kSigmoid : Gating::kSoftmax,
               .normalize = config_.norm_topk_prob,
               .activation = activation_of(config_)};
  }

 private:
  TensorLoader& tensors_;
  Backend& backend_;
  const ModelConfig& config_;
  const std::string prefix_;
};

}  // namespace

Result<Attention> load_attention(TensorLoader& tensors, Backend& backend, const ModelConfig& config,
                                 const DecoderTraits& traits, size_t index) {
  LayerLoader layer(tensors, backend, config, index);
  const bool sliding = config.layer_types[index] == LayerType::kSlidingAttention;
  return Attention{.backend = &backend,
                   .norm = TRY(layer.norm("attn_norm", config.hidden_size)),
                   .qkv = TRY(layer.qkv()),
                   .q_norm = TRY(layer.optional_norm(traits.qk_norm, "attn_q_norm", config.head_dim)),
                   .k_norm = TRY(layer.optional_norm(traits.qk_norm, "attn_k_norm", config.head_dim)),
                   .output = TRY(layer.attention_output()),
                   .add = TRY(layer.residual_add(traits.post_norms, "post_attention_norm")),
                   .num_heads = config.num_attention_heads,
                   .kv_shape = {.num_kv_heads = config.num_key_value_heads,
                                .key_dim = config.head_dim,
                                .value_dim = config.value_head_dim},
                   .rope_layout = traits.rope_layout,
                   .scale = config.attention_scale,
                   .softcap = config.attn_logit_softcapping,
                   .window = sliding ? config.sliding_window : 0};
}

Result<std::variant<Mlp, Moe>> load_feed_forward(TensorLoader& tensors, Backend& backend,
                                                 const ModelConfig& config, const DecoderTraits& traits,
                                                 size_t index) {
  LayerLoader layer(tensors, backend, config, index);
  if (config.num_experts == 0) return TRY(layer.mlp(traits));
  if (traits.post_norms) {
    return fail(ErrorCode::kUnsupported, "the architecture '{}' has experts, which it is not known with",
                config.architecture);
  }
  return TRY(layer.moe());
}

}  // namespace hearth
