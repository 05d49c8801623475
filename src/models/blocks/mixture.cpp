#include "models/blocks/mixture.h"

#include <optional>

#include "base/check.h"

namespace hearth {

namespace {

class Mixture final : public FeedForward {
 public:
  struct Tensors {
    Norm norm;
    std::shared_ptr<const Weight> router;         ///< [experts, hidden_size]
    std::shared_ptr<const Weight> gate_up;        ///< [experts * 2 * intermediate_size, hidden_size]
    std::shared_ptr<const Weight> down;           ///< [experts * hidden_size, intermediate_size]
    Vector router_bias, gate_up_bias, down_bias;  ///< of the rows of each, or none
    Vector selection_bias;                        ///< [experts], or none
    std::optional<SharedExpert> shared;
  };

  Mixture(Backend& backend, const MixtureSpec& spec, int64_t hidden_size, Tensors tensors)
      : backend_(backend), spec_(spec), hidden_size_(hidden_size), tensors_(std::move(tensors)) {}

  void forward(const Step& step) const override {
    Scratch scratch = step.scratch;
    Matrix in = step.in;
    // The shared expert reads what the others add to.
    if (norms_apart()) {
      in = scratch.take(hidden_size_);
      backend_.norm({.in = step.in, .norm = tensors_.norm.operands(), .out = in});
    }
    run_experts(in, step.out);
    if (!tensors_.shared) return;
    CHECK(in.data != step.out.data);
    tensors_.shared->forward(in, scratch, step.out);
  }
  int64_t scratch_stride() const override {
    return (norms_apart() ? row_stride(hidden_size_) : 0) +
           (tensors_.shared ? tensors_.shared->scratch_stride() : 0);
  }

 private:
  bool norms_apart() const { return tensors_.shared && tensors_.norm; }

  void run_experts(const Matrix& in, const Matrix& out) const {
    const bool has_norm = tensors_.norm && !norms_apart();
    backend_.moe({.in = in,
                  .norm = has_norm ? std::optional(tensors_.norm.operands()) : std::nullopt,
                  .router = tensors_.router.get(),
                  .gate_up = tensors_.gate_up.get(),
                  .down = tensors_.down.get(),
                  .router_bias = tensors_.router_bias.view(),
                  .gate_up_bias = tensors_.gate_up_bias.view(),
                  .down_bias = tensors_.down_bias.view(),
                  .selection_bias = tensors_.selection_bias.view(),
                  .num_experts = spec_.num_experts,
                  .top_k = spec_.num_experts_per_tok,
                  .gating = spec_.gating,
                  .normalize = spec_.normalize,
                  .scale = spec_.scale,
                  .weighs_inputs = spec_.weighs_inputs,
                  .tolerance = spec_.tolerance,
                  .groups = spec_.groups,
                  .activation = spec_.activation,
                  .out = out});
  }

  Backend& backend_;
  const MixtureSpec spec_;
  const int64_t hidden_size_;
  const Tensors tensors_;
};

}  // namespace

Result<std::unique_ptr<FeedForward>> load_feed_forward(const MixtureSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer) {
  if (!norms.after.empty() || !norms.joined.empty()) {
    return fail(ErrorCode::kUnsupported, "the architecture '{}' has experts, which it is not known with",
                layer.architecture());
  }
  const int64_t hidden = layer.hidden_size(), size = spec.intermediate_size;
  TensorLoader& tensors = layer.tensors();
  const StoredTensor router =
      TRY(tensors.take(layer.name("ffn_gate_inp.weight"), {spec.num_experts, hidden}));
  const NamedRows gate_up[] = {{layer.name("ffn_gate_exps"), size}, {layer.name("ffn_up_exps"), size}};
  const NamedRows down[] = {{layer.name("ffn_down_exps"), hidden}};
  Mixture::Tensors loaded;
  loaded.norm = TRY(layer.norm(norms.before));
  loaded.router = TRY(tensors.pack(router));
  loaded.gate_up = TRY(tensors.experts(gate_up, spec.num_experts, hidden));
  loaded.down = TRY(tensors.experts(down, spec.num_experts, size));
  if (spec.bias) {
    loaded.router_bias = TRY(tensors.vector(layer.name("ffn_gate_inp.bias"), {spec.num_experts}));
    loaded.gate_up_bias = TRY(tensors.expert_biases(gate_up, spec.num_experts));
    loaded.down_bias = TRY(tensors.expert_biases(down, spec.num_experts));
  }
  if (spec.selection_bias) {
    const std::string name = layer.name("exp_probs_b.bias");
    const bool is_matrix = tensors.rank(name) == 2;
    loaded.selection_bias =
        TRY(tensors.vector(name, is_matrix ? Shape{1, spec.num_experts} : Shape{spec.num_experts}));
  }
  if (spec.shared.intermediate_size > 0)
    loaded.shared = TRY(SharedExpert::load(spec.shared, spec.activation, layer));
  return std::make_unique<Mixture>(layer.backend(), spec, hidden, std::move(loaded));
}

}  // namespace hearth
