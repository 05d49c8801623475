#include "models/layers.h"

namespace hearth {

void Linear::run(const Matrix& in, const Prologue& prologue, const Matrix& out,
                 std::span<const int32_t> in_rows, bool accumulate) const {
  backend_->linear({.in = in,
                    .prologue = prologue,
                    .weight = weight_.get(),
                    .bias = bias_.data(),
                    .in_rows = in_rows,
                    .out = out,
                    .accumulate = accumulate});
}

void Embedding::forward(std::span<const int32_t> ids, const Matrix& out) const {
  backend_->embed({.table = table_.get(), .ids = ids, .scale = scale_, .out = out});
}

void ResidualAdd::forward(const Linear& linear, const Matrix& in, const Prologue& prologue,
                          const Matrix& scratch, const Matrix& residual) const {
  if (!post_norm_) {
    linear.add_to(in, prologue, residual);
    return;
  }
  linear.forward(in, prologue, scratch);
  const NormPrologue norm = post_norm_->prologue();
  backend_->rms_norm(
      {.in = scratch, .weight = norm.weight, .eps = norm.eps, .out = residual, .accumulate = true});
}

void Attention::forward(const Activations& work, const RopeAngles& angles, const KvLayer& kv,
                        std::span<const SequenceRows> sequences) const {
  qkv.forward(work.residual, norm.prologue(), work.qkv);
  backend->rope_append({.qkv = work.qkv,
                        .num_heads = num_heads,
                        .q_norm = q_norm ? q_norm->weight() : nullptr,
                        .k_norm = k_norm ? k_norm->weight() : nullptr,
                        .norm_eps = norm.prologue().eps,
                        .layout = rope_layout,
                        .cos = angles.cos,
                        .sin = angles.sin,
                        .kv = kv,
                        .sequences = sequences});
  backend->attention({.q = work.qkv.columns(0, int64_t(num_heads) * kv_shape.key_dim),
                      .num_heads = num_heads,
                      .scale = scale,
                      .softcap = softcap,
                      .window = window,
                      .kv = kv,
                      .sequences = sequences,
                      .out = work.attention});
  add.forward(output, work.attention, {}, work.branch, work.residual);
}

void Mlp::forward(const Activations& work) const {
  gate_up.forward(work.residual, norm.prologue(), work.gate_up);
  add.forward(down, work.gate_up, GatePrologue{activation}, work.branch, work.residual);
}

void Moe::forward(const Activations& work) const {
  backend->moe({.in = work.residual,
                .norm = norm.prologue(),
                .router = router.get(),
                .gate_up = gate_up.get(),
                .down = down.get(),
                .num_experts = num_experts,
                .top_k = num_experts_per_tok,
                .gating = gating,
                .normalize = normalize,
                .activation = activation,
                .out = work.residual});
}

}  // namespace hearth
