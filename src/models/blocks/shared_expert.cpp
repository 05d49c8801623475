#include "models/blocks/shared_expert.h"

namespace hearth {

namespace {

/// A row of weights, which files hold as a vector or as a matrix.
Result<StoredTensor> take_row(TensorLoader& tensors, const std::string& name, int64_t size) {
  const bool is_matrix = tensors.rank(name) == 2;
  StoredTensor row = TRY(tensors.take(name, is_matrix ? Shape{1, size} : Shape{size}));
  row.shape = {1, size};
  return row;
}

/// From a tensor for each, or from one with the gate's rows first.
Result<StoredWeight> take_gate_up(const LayerLoader& layer, int64_t size) {
  const std::string gate = layer.name("ffn_gate_shexp.weight"), up = layer.name("ffn_up_shexp.weight");
  TensorLoader& tensors = layer.tensors();
  const int64_t hidden = layer.hidden_size();
  if (!tensors.has(gate) && tensors.has(up)) return StoredWeight({TRY(tensors.take(up, {2 * size, hidden}))});
  return StoredWeight({TRY(tensors.take(gate, {size, hidden})), TRY(tensors.take(up, {size, hidden}))});
}

}  // namespace

Result<SharedExpert> SharedExpert::load(const SharedExpertSpec& spec, Activation activation,
                                        const LayerLoader& layer) {
  TensorLoader& tensors = layer.tensors();
  const int64_t hidden = layer.hidden_size(), size = spec.intermediate_size;
  SharedExpert expert;
  expert.backend_ = &layer.backend();
  expert.spec_ = spec;
  expert.activation_ = activation;
  const StoredWeight gate_up = TRY(take_gate_up(layer, size));
  const StoredTensor down = TRY(tensors.take(layer.name("ffn_down_shexp.weight"), {hidden, size}));
  expert.gate_up_ = TRY(tensors.pack(gate_up));
  expert.down_ = TRY(tensors.pack(down));
  if (spec.gated) {
    const StoredTensor gate = TRY(take_row(tensors, layer.name("ffn_gate_inp_shexp.weight"), hidden));
    expert.gate_ = TRY(tensors.pack(gate));
  }
  return expert;
}

void SharedExpert::forward(const Matrix& in, Scratch scratch, const Matrix& out) const {
  if (spec_.gated) {
    // A mixture of one, whose probability is its gate.
    backend_->moe({.in = in,
                   .norm = std::nullopt,
                   .router = gate_.get(),
                   .gate_up = gate_up_.get(),
                   .down = down_.get(),
                   .num_experts = 1,
                   .top_k = 1,
                   .gating = Gating::kSigmoid,
                   .normalize = false,
                   .activation = activation_,
                   .out = out});
    return;
  }
  const Matrix gate_up = scratch.take(2 * int64_t(spec_.intermediate_size));
  backend_->linear({.in = in, .weight = gate_up_.get(), .out = gate_up});
  backend_->linear({.in = gate_up,
                    .prologue = GatePrologue{activation_},
                    .weight = down_.get(),
                    .out = out,
                    .accumulate = true});
}

int64_t SharedExpert::scratch_stride() const {
  return spec_.gated ? 0 : row_stride(2 * int64_t(spec_.intermediate_size));
}

}  // namespace hearth
