#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "backend/kv_shape.h"
#include "backend/state_space_shape.h"
#include "backend/step_batch.h"
#include "backend/views.h"

// Every operation a backend runs: a struct of operands with its shape contract. Operands lie in the memory of
// the backend, activations and constants in f32 unless it says that it takes others as well. Shapes are
// promises between our own parts.

namespace hearth {

class Weight;

enum class Activation : uint8_t {
  kSilu,      ///< x * sigmoid(x)
  kGeluTanh,  ///< the tanh approximation of GELU
  /// gpt-oss: min(x, 7) * sigmoid(1.702 min(x, 7)); what it gates is clamped to [-7, 7], and 1 is added to it
  kClampedSwiglu,
  kGelu,         ///< x * Phi(x), Phi the distribution function of the standard normal
  kSquaredRelu,  ///< max(x, 0)^2
  kXielu,        ///< see XieluParameters; of an ActivationPrologue alone
};

/// How a row is brought to unit size before its columns are weighed.
enum class NormKind : uint8_t {
  kRms,    ///< x / sqrt(mean(x^2) + eps) (Zhang and Sennrich 2019)
  kLayer,  ///< (x - mean(x)) / sqrt(variance(x) + eps) (Ba, Kiros and Hinton 2016)
};

/// out[t] (+)= scale * table[ids[t]]. table [vocab, cols], ids i32 [rows], out [rows, cols].
struct EmbedOp {
  const Weight* table;
  VectorView ids;
  float scale = 1.0f;
  Matrix out;
  bool accumulate = false;
};

/// What is done to the input rows of a matrix product before it.
/// weight * unit(x) + bias.
struct NormPrologue {
  VectorView weight;  ///< [in.cols]
  float eps;
  NormKind kind = NormKind::kRms;
  VectorView bias = {};  ///< [in.cols], or none
};

/// out (+)= norm(in), row by row. `in` and `out` may be the same matrix.
struct NormOp {
  Matrix in;
  NormPrologue norm;
  Matrix out;
  bool accumulate = false;
};

/// The input holds gate | up side by side: in.cols = 2 * weight.cols; the product sees act(gate) * up, normed
/// where there is a norm.
struct GatePrologue {
  Activation activation;
  std::optional<NormPrologue> norm = std::nullopt;
};
/// xIELU (Huang and Schlag 2024, arXiv 2411.13010): alpha_p x^2 + beta x above 0, else
/// alpha_n (expm1(min(x, eps)) - x) + beta x.
struct XieluParameters {
  float alpha_p = 0.0f, alpha_n = 0.0f, beta = 0.0f, eps = 0.0f;
  bool operator==(const XieluParameters&) const = default;
};
/// The product sees act(in).
struct ActivationPrologue {
  Activation activation;
  XieluParameters xielu = {};  ///< of kXielu
};
using Prologue = std::variant<std::monostate, NormPrologue, GatePrologue, ActivationPrologue>;

/// out (+)= prologue(in) * weight^T + bias.
/// in [rows, weight.cols] (twice as wide with a GatePrologue), weight [n, k], bias [n] or none, out [rows,
/// n]. `in_rows`, i32, where given, picks and orders the rows of `in`: out.rows = in_rows.size.
struct LinearOp {
  Matrix in;
  Prologue prologue = {};
  const Weight* weight;
  VectorView bias = {};
  VectorView in_rows = {};
  Matrix out;
  bool accumulate = false;
};

/// A product for each group of columns, as of the heads of an attention: of [x | rest] in a group of `in`,
/// out gets [rest | x * weight_g^T]. weight [groups * n, k], packed as a slice or more for each group, in
/// [rows, groups * (k + rest)], out [rows, groups * (rest + n)], which do not overlap.
struct GroupedLinearOp {
  Matrix in;
  const Weight* weight;
  int num_groups;
  Matrix out;
};

/// How rotary embedding pairs the dimensions of a head (Su et al. 2021).
enum class RopeLayout : uint8_t {
  kPairs,   ///< (2i, 2i + 1): GGUF's llama family
  kHalves,  ///< (i, i + rotary_dim / 2): qwen, gemma, phi and every Hugging Face folder
};

/// cos/sin [rows, rotary_dim / 2] of position * inv_freq, times `magnitude`. positions i32 [rows], inv_freq
/// [rotary_dim / 2].
struct RopeAnglesOp {
  VectorView positions;
  VectorView inv_freq;
  float magnitude = 1.0f;
  Matrix cos;
  Matrix sin;
};

/// By how much the queries of later positions are scaled up, so that scores do not flatten over long
/// contexts: that of position p by 1 + beta log(1 + floor((p + first) / length)).
struct QueryScaling {
  float beta = 0.0f;  ///< 0: none
  int length = 1;
  int first = 0;
};

/// Per-head norm of q and k (where given), rotary embedding of q and k, in this order unless `norm_last`, and
/// the append of k and v to the cache. Before all, q, k and v are clamped to [-clip, clip], where 0 means
/// not. qkv [rows, num_heads * key_dim + num_kv_heads * (key_dim + value_dim)] holds q | k | v; q is left in
/// place, normed and rotated; k and v are undefined after. cos/sin [rows, rotary_dim / 2], rotary_dim <=
/// key_dim.
struct RopeAppendOp {
  Matrix qkv;
  int num_heads;
  VectorView q_norm = {};  ///< [key_dim]
  VectorView k_norm = {};  ///< [key_dim]
  float norm_eps = 0.0f;
  bool norm_last = false;
  float clip = 0.0f;
  QueryScaling query_scaling = {};
  RopeLayout layout = RopeLayout::kPairs;
  Matrix cos;
  Matrix sin;
  KvLayer kv;
  BatchSequences sequences;
};

/// Softmax attention with grouped queries: head h reads kv head h / (num_heads / num_kv_heads).
/// q [rows, num_heads * key_dim], out [rows, num_heads * value_dim]. A row at position p sees the positions
/// up to p, or, where attention is not causal, all up to the last row of its sequence; of these, those less
/// than `window` away, or, chunked, those between the same multiples of the window. A head's sink is a score
/// beside those of the positions, whose value is zero.
struct AttentionOp {
  Matrix q;
  int num_heads;
  float scale;           ///< of q . k, before softcap
  float softcap = 0.0f;  ///< scores become softcap * tanh(score / softcap); 0: none
  int window = 0;        ///< 0: none
  bool is_chunked = false;
  bool causal = true;
  VectorView sinks = {};         ///< [num_heads]
  VectorView alibi_slopes = {};  ///< [num_heads]: scores lose slope * distance (Press et al. 2022)
  KvLayer kv;
  BatchSequences sequences;
  Matrix out;
};

/// How a mixture of experts turns router logits into weights.
enum class Gating : uint8_t {
  kSoftmax,
  kSigmoid,
  /// Liu et al. 2024, "GRIN: GRadient-INformed MoE", without its noise: experts are picked one after the
  /// other, each weighted by a softmax over those that are not yet picked and whose logits l are close to the
  /// best of these, b: (b - l) / max(|l|, b) <= MoeOp::tolerance.
  kSparseMixer,
};

/// Experts lie in groups alike large; a row takes its experts from the best groups alone, where a group is
/// worth the sum of its `num_scores` best experts.
struct ExpertGroups {
  int count = 1;
  int top_k = 1;
  int num_scores = 1;
};

/// out += sum over the top_k experts e of each row: w_e * down_e(act(gate_e(x)) * up_e(x)), x = norm(in) or
/// in. Expert weights are stacked by rows: gate_up [experts * 2 * ff, cols] (per expert: gate rows, then up
/// rows), down [experts * cols, ff], router [experts, cols]; biases likewise, one for each row, or none.
/// Experts are picked by probability, ties by lower index; with a `selection_bias` by the sum of both, which
/// has no part in the weights. `in` and `out` may be the same matrix.
struct MoeOp {
  Matrix in;
  std::optional<NormPrologue> norm;
  const Weight* router;
  const Weight* gate_up;
  const Weight* down;
  VectorView router_bias = {};
  VectorView gate_up_bias = {};
  VectorView down_bias = {};
  VectorView selection_bias = {};  ///< [experts], or none
  int num_experts;
  int top_k;
  Gating gating = Gating::kSoftmax;
  /// The picked weights are divided by their sum: of kSoftmax, that is a softmax over the picked alone.
  bool normalize = true;
  float scale = 1.0f;  ///< of the weights, at last
  bool weighs_inputs =
      false;               ///< experts see w_e * x, and their outputs are added as they are; without biases
  float tolerance = 0.0f;  ///< of kSparseMixer
  ExpertGroups groups = {};
  Activation activation = Activation::kSilu;
  Matrix out;
};

/// values[row][i] *= factors[i]. factors [values.cols].
struct ScaleColumnsOp {
  Matrix values;
  VectorView factors;
};

/// A selective state space (Dao and Gu 2024, "Transformers are SSMs"), token after token in the order of the
/// sequence. x, B and C pass a causal convolution over their channels and silu. Then, for each head,
///   dt = softplus(dt + dt_bias), S[n][p] = exp(a dt) S[n][p] + B[n] dt x[p], y[p] = sum_n C[n] S[n][p] + d
///   x[p]
/// and out = norm * y silu(z) / sqrt(mean((y silu(z))^2) + eps), the mean over the columns of a group, or
/// without a norm y silu(z).
/// in [rows, shape.in_cols()], work [rows, shape.work_cols()], which is undefined after, out [rows,
/// shape.inner_size()]; none overlaps another.
struct StateSpaceOp {
  Matrix in;
  StateSpaceShape shape;
  VectorView conv_weight;  ///< [conv_kernel, channels]
  VectorView conv_bias;    ///< [channels]
  VectorView dt_bias;      ///< [num_heads]
  VectorView a;            ///< [num_heads], negative
  VectorView d;            ///< [num_heads]
  VectorView norm;         ///< [inner_size], or none
  float norm_eps;
  StateLayer state;
  BatchSequences sequences;
  Matrix work;
  Matrix out;
};

}  // namespace hearth

/// Every operation, as OP(function, operands): what declares, forwards or counts them is made from this list.
#define HEARTH_OPS(OP)                \
  OP(embed, EmbedOp)                  \
  OP(norm, NormOp)                    \
  OP(linear, LinearOp)                \
  OP(grouped_linear, GroupedLinearOp) \
  OP(rope_angles, RopeAnglesOp)       \
  OP(rope_append, RopeAppendOp)       \
  OP(attention, AttentionOp)          \
  OP(moe, MoeOp)                      \
  OP(scale_columns, ScaleColumnsOp)   \
  OP(state_space, StateSpaceOp)
