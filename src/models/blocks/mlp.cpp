#include "models/blocks/mlp.h"

#include <vector>

#include "models/blocks/column_scale.h"

namespace hearth {

namespace {

/// gate, where there is one, and up are one product.
class Mlp final : public FeedForward {
 public:
  struct Tensors {
    Norm norm;
    Linear up, down;
    ColumnScale up_scale;
    Norm sub_norm;  ///< or none
    ResidualAdd add;
  };

  Mlp(const MlpSpec& spec, Tensors tensors) : spec_(spec), tensors_(std::move(tensors)) {}

  void forward(const Step& step) const override {
    Scratch scratch = step.scratch;
    const Matrix up = scratch.take(up_cols());
    tensors_.up.forward(step.in, tensors_.norm.prologue(), up);
    tensors_.up_scale.forward(up);
    tensors_.add.forward(tensors_.down, up, down_prologue(), scratch, step.out);
  }
  int64_t scratch_stride() const override { return row_stride(up_cols()) + tensors_.add.scratch_stride(); }

 private:
  int64_t up_cols() const { return (spec_.gated ? 2 : 1) * int64_t(spec_.intermediate_size); }
  Prologue down_prologue() const {
    if (!spec_.gated) return ActivationPrologue{spec_.activation, spec_.xielu};
    GatePrologue gate{spec_.activation};
    if (tensors_.sub_norm) gate.norm = tensors_.sub_norm.operands();
    return gate;
  }

  const MlpSpec spec_;
  const Tensors tensors_;
};

}  // namespace

Result<std::unique_ptr<FeedForward>> load_feed_forward(const MlpSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer) {
  const int64_t size = spec.intermediate_size;
  TensorLoader& tensors = layer.tensors();
  std::vector<NamedRows> up{{layer.name("ffn_gate"), size}, {layer.name("ffn_up"), size}};
  if (!spec.gated) {
    up = {{layer.name("ffn_up"), size}};
  } else if (!tensors.has(layer.name("ffn_gate.weight"))) {
    up = {{layer.name("ffn_up"), 2 * size}};  // which then holds the gate's rows first
  }
  const NamedRows down{layer.name("ffn_down"), layer.hidden_size()};
  const ColumnScale::Run scale[] = {{spec.gated ? size : 0, spec.gate_scale}, {size, spec.up_scale}};
  if (spec.activation == Activation::kXielu) {
    for (const char* part : {"alpha_p", "alpha_n", "beta", "eps"})
      tensors.ignore(layer.name(fmt::format("ffn_act.{}", part)));  // the config holds them
  }
  return std::make_unique<Mlp>(
      spec, Mlp::Tensors{.norm = TRY(layer.norm(norms.before)),
                         .up = TRY(tensors.linear(up, layer.hidden_size(), spec.bias)),
                         .down = TRY(tensors.linear({&down, 1}, size, spec.bias || spec.down_bias)),
                         .up_scale = TRY(ColumnScale::make(layer.backend(), scale)),
                         .sub_norm = spec.sub_norm ? TRY(layer.rms_norm("ffn_sub_norm", {size})) : Norm(),
                         .add = TRY(layer.residual_add(norms))});
}

}  // namespace hearth
