#include "models/blocks/state_space.h"

#include "models/blocks/column_scale.h"

namespace hearth {

namespace {

class StateSpace final : public Mixer {
 public:
  struct Tensors {
    Norm norm;
    Linear in;  ///< z | x | B | C | dt
    ColumnScale in_scale, out_scale;
    Vector conv_weight, conv_bias;
    Vector dt_bias, a, d;
    Norm gated_norm;  ///< or none
    Linear out;
    ResidualAdd add;
  };

  StateSpace(Backend& backend, const StateSpaceSpec& spec, Tensors tensors)
      : backend_(backend), shape_(spec.shape), tensors_(std::move(tensors)) {}

  void forward(const Step& step, const LayerCache& cache) const override;
  int64_t scratch_stride() const override {
    return row_stride(shape_.in_cols()) + row_stride(shape_.work_cols()) + row_stride(shape_.inner_size()) +
           tensors_.add.scratch_stride();
  }

 private:
  Backend& backend_;
  const StateSpaceShape shape_;
  const Tensors tensors_;
};

void StateSpace::forward(const Step& step, const LayerCache& cache) const {
  Scratch scratch = step.scratch;
  const Matrix in = scratch.take(shape_.in_cols()), work = scratch.take(shape_.work_cols()),
               mixed = scratch.take(shape_.inner_size());
  tensors_.in.forward(step.in, tensors_.norm.prologue(), in);
  tensors_.in_scale.forward(in);
  backend_.state_space({.in = in,
                        .shape = shape_,
                        .conv_weight = tensors_.conv_weight.view(),
                        .conv_bias = tensors_.conv_bias.view(),
                        .dt_bias = tensors_.dt_bias.view(),
                        .a = tensors_.a.view(),
                        .d = tensors_.d.view(),
                        .norm = tensors_.gated_norm.weight(),
                        .norm_eps = tensors_.gated_norm.eps(),
                        .state = {.base = cache.base, .block_stride = cache.block_stride},
                        .sequences = cache.sequences,
                        .work = work,
                        .out = mixed});
  tensors_.out_scale.forward(mixed);
  tensors_.add.forward(tensors_.out, mixed, {}, scratch, step.out);
}

}  // namespace

CacheSpec cache_spec(const StateSpaceSpec& spec) {
  return {.kind = CacheSpec::Kind::kState, .state_bytes = spec.shape.state_bytes(), .layers = {}};
}

Result<std::unique_ptr<Mixer>> load_mixer(const StateSpaceSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer) {
  const StateSpaceShape& shape = spec.shape;
  TensorLoader& loader = layer.tensors();
  const auto vector = [&](std::string_view part, const Shape& sizes) {
    return loader.vector(layer.name(part), sizes);
  };
  const NamedRows in{layer.name("ssm_in"), shape.in_cols()};
  const NamedRows out{layer.name("ssm_out"), layer.hidden_size()};
  const Shape norm_shape{shape.num_groups, shape.inner_size() / shape.num_groups};
  const auto& [z, x, b, c, dt] = spec.in_scale;
  const ColumnScale::Run in_scale[] = {{shape.inner_size(), z},
                                       {shape.inner_size(), x},
                                       {shape.groups_size(), b},
                                       {shape.groups_size(), c},
                                       {shape.num_heads, dt}};
  const ColumnScale::Run out_scale{shape.inner_size(), spec.out_scale};
  StateSpace::Tensors tensors{
      .norm = TRY(layer.norm(norms.before)),
      .in = TRY(loader.linear({&in, 1}, layer.hidden_size(), false)),
      .in_scale = TRY(ColumnScale::make(layer.backend(), in_scale)),
      .out_scale = TRY(ColumnScale::make(layer.backend(), {&out_scale, 1})),
      .conv_weight =
          TRY(loader.transposed(layer.name("ssm_conv1d.weight"), shape.channels(), shape.conv_kernel)),
      .conv_bias = TRY(vector("ssm_conv1d.bias", {shape.channels()})),
      .dt_bias = TRY(vector("ssm_dt.bias", {shape.num_heads})),
      .a = TRY(vector("ssm_a", {shape.num_heads, 1})),
      .d = TRY(vector("ssm_d", {shape.num_heads, 1})),
      .gated_norm = spec.normed ? TRY(layer.rms_norm("ssm_norm", norm_shape)) : Norm(),
      .out = TRY(loader.linear({&out, 1}, shape.inner_size(), false)),
      .add = TRY(layer.residual_add(norms))};
  return std::make_unique<StateSpace>(layer.backend(), spec, std::move(tensors));
}

}  // namespace hearth
