#pragma once

#include <memory>
#include <optional>
#include <span>

#include "backend/backend.h"
#include "models/rope_frequencies.h"

// The parts of a model: thin views on backend operations that own their weights and hide how those are
// stored. None is thread-safe; all are called by the one thread that drives the backend, which outlives them.

namespace hearth {

/// A f32 vector on the device.
class Vector {
 public:
  Vector() = default;
  explicit Vector(Buffer buffer) : buffer_(std::move(buffer)) {}
  const float* data() const { return buffer_.floats(); }  ///< null where there is none

 private:
  Buffer buffer_;
};

/// y = x W^T + b. The weight may be shared: a tied output head is the embedding's.
class Linear {
 public:
  Linear() = default;
  Linear(Backend& backend, std::shared_ptr<const Weight> weight, Vector bias = {})
      : backend_(&backend), weight_(std::move(weight)), bias_(std::move(bias)) {}

  int64_t out_features() const { return weight_->rows(); }

  /// out = prologue(in) W^T + b; with `in_rows`, of those rows of `in`.
  void forward(const Matrix& in, const Prologue& prologue, const Matrix& out,
               std::span<const int32_t> in_rows = {}) const {
    run(in, prologue, out, in_rows, false);
  }
  /// out += prologue(in) W^T + b.
  void add_to(const Matrix& in, const Prologue& prologue, const Matrix& out) const {
    run(in, prologue, out, {}, true);
  }

 private:
  void run(const Matrix& in, const Prologue& prologue, const Matrix& out, std::span<const int32_t> in_rows,
           bool accumulate) const;

  Backend* backend_ = nullptr;
  std::shared_ptr<const Weight> weight_;
  Vector bias_;
};

/// Root-mean-square norm with a weight for each column.
class RmsNorm {
 public:
  RmsNorm() = default;
  RmsNorm(Vector weight, float eps) : weight_(std::move(weight)), eps_(eps) {}

  NormPrologue prologue() const { return {weight_.data(), eps_}; }
  const float* weight() const { return weight_.data(); }

 private:
  Vector weight_;
  float eps_ = 0.0f;
};

/// Rows of a table, picked by token id.
class Embedding {
 public:
  Embedding() = default;
  Embedding(Backend& backend, std::shared_ptr<const Weight> table, float scale)
      : backend_(&backend), table_(std::move(table)), scale_(scale) {}

  void forward(std::span<const int32_t> ids, const Matrix& out) const;
  const std::shared_ptr<const Weight>& table() const { return table_; }

 private:
  Backend* backend_ = nullptr;
  std::shared_ptr<const Weight> table_;
  float scale_ = 1.0f;
};

/// cos and sin of a batch's positions.
struct RopeAngles {
  Matrix cos;  ///< [rows, rotary_dim / 2]
  Matrix sin;  ///< [rows, rotary_dim / 2]
};

/// A branch ends in the residual: as it is, or normed first (gemma's sandwich norms).
class ResidualAdd {
 public:
  ResidualAdd() = default;
  ResidualAdd(Backend& backend, std::optional<RmsNorm> post_norm)
      : backend_(&backend), post_norm_(std::move(post_norm)) {}

  /// residual += post_norm(linear(prologue(in))). `scratch`, as large as `residual`, is used with a post
  /// norm.
  void forward(const Linear& linear, const Matrix& in, const Prologue& prologue, const Matrix& scratch,
               const Matrix& residual) const;

 private:
  Backend* backend_ = nullptr;
  std::optional<RmsNorm> post_norm_;
};

/// Work matrices of one batch, all with the batch's rows; the sublayers of all layers share them.
struct Activations {
  Matrix residual;   ///< [rows, hidden_size]
  Matrix branch;     ///< [rows, hidden_size]; scratch of post norms
  Matrix qkv;        ///< [rows, (heads + kv heads) * head_dim + kv heads * value_head_dim]
  Matrix attention;  ///< [rows, heads * value_head_dim]
  Matrix gate_up;    ///< [rows, 2 * intermediate_size]; shares memory with qkv and attention
};

/// Causal self-attention with grouped queries over a paged cache; q, k and v are one product.
struct Attention {
  Backend* backend = nullptr;
  RmsNorm norm;
  Linear qkv;
  std::optional<RmsNorm> q_norm;  ///< per head, before the rotation
  std::optional<RmsNorm> k_norm;
  Linear output;
  ResidualAdd add;

  int num_heads = 0;
  KvShape kv_shape;  ///< its dtype is the cache's, known when it runs
  RopeLayout rope_layout = RopeLayout::kHalves;
  float scale = 0.0f;
  float softcap = 0.0f;
  int window = 0;

  void forward(const Activations& work, const RopeAngles& angles, const KvLayer& kv,
               std::span<const SequenceRows> sequences) const;
};

/// Gated feed-forward: down(act(gate(x)) * up(x)); gate and up are one product.
struct Mlp {
  RmsNorm norm;
  Linear gate_up;
  Linear down;
  ResidualAdd add;
  Activation activation = Activation::kSilu;

  void forward(const Activations& work) const;
};

/// Mixture of gated feed-forward experts.
struct Moe {
  Backend* backend = nullptr;
  RmsNorm norm;
  std::shared_ptr<const Weight> router;   ///< [experts, hidden_size]
  std::shared_ptr<const Weight> gate_up;  ///< [experts * 2 * moe_intermediate_size, hidden_size]
  std::shared_ptr<const Weight> down;     ///< [experts * hidden_size, moe_intermediate_size]
  int num_experts = 0;
  int num_experts_per_tok = 0;
  Gating gating = Gating::kSoftmax;
  bool normalize = true;
  Activation activation = Activation::kSilu;

  void forward(const Activations& work) const;
};

}  // namespace hearth
