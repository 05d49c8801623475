#include "models/blocks/mlp.h"

#include <vector>

namespace hearth {

namespace {

/// gate and up are one product.
class Mlp final : public FeedForward {
 public:
  struct Tensors {
    RmsNorm norm;
    Linear gate_up, down;
    ResidualAdd add;
  };

  Mlp(const MlpSpec& spec, Tensors tensors) : spec_(spec), tensors_(std::move(tensors)) {}

  void forward(const Step& step) const override {
    Scratch scratch = step.scratch;
    const Matrix gate_up = scratch.take(2 * int64_t(spec_.intermediate_size));
    tensors_.gate_up.forward(step.in, tensors_.norm.prologue(), gate_up);
    tensors_.add.forward(tensors_.down, gate_up, GatePrologue{spec_.activation}, scratch, step.out);
  }
  int64_t scratch_stride() const override {
    return row_stride(2 * int64_t(spec_.intermediate_size)) + tensors_.add.scratch_stride();
  }

 private:
  const MlpSpec spec_;
  const Tensors tensors_;
};

}  // namespace

Result<std::unique_ptr<FeedForward>> load_feed_forward(const MlpSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer) {
  const int64_t size = spec.intermediate_size;
  TensorLoader& tensors = layer.tensors();
  std::vector<NamedRows> gate_up{{layer.name("ffn_gate"), size}, {layer.name("ffn_up"), size}};
  // Without a gate of its own, the up projection holds the gate's rows first.
  if (!tensors.has(layer.name("ffn_gate.weight"))) gate_up = {{layer.name("ffn_up"), 2 * size}};
  const NamedRows down{layer.name("ffn_down"), layer.hidden_size()};
  return std::make_unique<Mlp>(
      spec, Mlp::Tensors{.norm = TRY(layer.norm(norms.before, {layer.hidden_size()})),
                         .gate_up = TRY(tensors.linear(gate_up, layer.hidden_size(), spec.bias)),
                         .down = TRY(tensors.linear({&down, 1}, size, spec.bias)),
                         .add = TRY(layer.residual_add(norms))});
}

}  // namespace hearth
