#include "models/blocks/mixture.h"

namespace hearth {

namespace {

class Mixture final : public FeedForward {
 public:
  struct Tensors {
    RmsNorm norm;
    std::shared_ptr<const Weight> router;         ///< [experts, hidden_size]
    std::shared_ptr<const Weight> gate_up;        ///< [experts * 2 * intermediate_size, hidden_size]
    std::shared_ptr<const Weight> down;           ///< [experts * hidden_size, intermediate_size]
    Vector router_bias, gate_up_bias, down_bias;  ///< of the rows of each, or none
  };

  Mixture(Backend& backend, const MixtureSpec& spec, Tensors tensors)
      : backend_(backend), spec_(spec), tensors_(std::move(tensors)) {}

  void forward(const Step& step) const override {
    backend_.moe({.in = step.in,
                  .norm = tensors_.norm.prologue(),
                  .router = tensors_.router.get(),
                  .gate_up = tensors_.gate_up.get(),
                  .down = tensors_.down.get(),
                  .router_bias = tensors_.router_bias.view(),
                  .gate_up_bias = tensors_.gate_up_bias.view(),
                  .down_bias = tensors_.down_bias.view(),
                  .num_experts = spec_.num_experts,
                  .top_k = spec_.num_experts_per_tok,
                  .gating = spec_.gating,
                  .normalize = spec_.normalize,
                  .activation = spec_.activation,
                  .out = step.out});
  }
  int64_t scratch_stride() const override { return 0; }

 private:
  Backend& backend_;
  const MixtureSpec spec_;
  const Tensors tensors_;
};

}  // namespace

Result<std::unique_ptr<FeedForward>> load_feed_forward(const MixtureSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer) {
  if (!norms.after.empty()) {
    return fail(ErrorCode::kUnsupported, "the architecture '{}' has experts, which it is not known with",
                layer.architecture());
  }
  const int64_t hidden = layer.hidden_size(), size = spec.intermediate_size;
  TensorLoader& tensors = layer.tensors();
  const StoredTensor router =
      TRY(tensors.take(layer.name("ffn_gate_inp.weight"), {spec.num_experts, hidden}));
  const NamedRows gate_up[] = {{layer.name("ffn_gate_exps"), size}, {layer.name("ffn_up_exps"), size}};
  const NamedRows down[] = {{layer.name("ffn_down_exps"), hidden}};
  Mixture::Tensors loaded{.norm = TRY(layer.norm(norms.before, {hidden})),
                          .router = TRY(tensors.pack(router)),
                          .gate_up = TRY(tensors.experts(gate_up, spec.num_experts, hidden)),
                          .down = TRY(tensors.experts(down, spec.num_experts, size)),
                          .router_bias = {},
                          .gate_up_bias = {},
                          .down_bias = {}};
  if (spec.bias) {
    loaded.router_bias = TRY(tensors.vector(layer.name("ffn_gate_inp.bias"), {spec.num_experts}));
    loaded.gate_up_bias = TRY(tensors.expert_biases(gate_up, spec.num_experts));
    loaded.down_bias = TRY(tensors.expert_biases(down, spec.num_experts));
  }
  return std::make_unique<Mixture>(layer.backend(), spec, std::move(loaded));
}

}  // namespace hearth
