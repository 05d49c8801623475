#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "backend/attention_window.h"
#include "backend/backends.h"
#include "backend/expert_ranking.h"
#include "backend/hadamard.h"
#include "backend/host/host_backend.h"
#include "backend/host/query_scale.h"
#include "backend/host/rope_angles.h"
#include "backend/reference/state_space.h"
#include "base/checked_math.h"
#include "quant/format.h"
#include "tensor/row_reader.h"

namespace hearth {

namespace {

/// The file's own blocks; rows are decoded as they are read.
class ReferenceWeight final : public Weight {
 public:
  explicit ReferenceWeight(const StoredWeight& weight) : Weight(weight.rows(), weight.cols(), 0) {
    for (const StoredTensor& slice : weight.slices) {
      for (int64_t index = 0; index < slice.num_matrices(); ++index) matrices_.push_back(slice.matrix(index));
    }
  }

  void decode_row(int64_t row, float* out) const {
    for (const StoredTensor& matrix : matrices_) {
      if (row >= matrix.shape.rows()) {
        row -= matrix.shape.rows();
        continue;
      }
      decode_blocks(matrix.dtype, RowReader(matrix).read(row, 1), cols(), out);
      return;
    }
    CHECK(false);
  }

 private:
  std::vector<StoredTensor> matrices_;
};

std::unexpected<Error> not_finite() { return fail(ErrorCode::kNotFinite, "a weight is no number"); }

const ReferenceWeight& as_reference(const Weight& weight) {
  return static_cast<const ReferenceWeight&>(weight);
}

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kSilu:
      return x / (1.0 + std::exp(-x));
    case Activation::kGeluTanh:
      return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::kClampedSwiglu:
      x = std::min(x, 7.0);
      return x / (1.0 + std::exp(-1.702 * x));
    case Activation::kGelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::kSquaredRelu:
      return x < 0.0 ? 0.0 : x * x;
    case Activation::kXielu:
      CHECK(false);  // it has parameters
  }
  return x;
}

double xielu(const XieluParameters& p, double x) {
  if (x > 0.0) return p.alpha_p * x * x + p.beta * x;
  return p.alpha_n * (std::expm1(std::min(x, double(p.eps))) - x) + p.beta * x;
}

/// What the gate is multiplied with.
double gated(Activation activation, double up) {
  return activation == Activation::kClampedSwiglu ? std::clamp(up, -7.0, 7.0) + 1.0 : up;
}

void norm_row(const float* in, int64_t cols, const NormPrologue& norm, float* out) {
  const float *weight = host_floats(norm.weight), *bias = host_floats(norm.bias);
  double mean = 0, sum = 0;
  if (norm.kind == NormKind::kLayer) mean = std::accumulate(in, in + cols, 0.0) / double(cols);
  for (int64_t i = 0; i < cols; ++i) sum += (in[i] - mean) * (in[i] - mean);
  const double scale = 1.0 / std::sqrt(sum / double(cols) + norm.eps);
  for (int64_t i = 0; i < cols; ++i) {
    out[i] = float((in[i] - mean) * scale * weight[i] + (bias != nullptr ? bias[i] : 0.0f));
  }
}

void apply_prologue(const Prologue& prologue, const float* in, int64_t cols, float* out) {
  if (const auto* norm = std::get_if<NormPrologue>(&prologue)) {
    norm_row(in, cols, *norm, out);
  } else if (const auto* gate = std::get_if<GatePrologue>(&prologue)) {
    for (int64_t i = 0; i < cols; ++i)
      out[i] = float(activate(gate->activation, in[i]) * gated(gate->activation, in[cols + i]));
    if (gate->norm) norm_row(out, cols, *gate->norm, out);
  } else if (const auto* plain = std::get_if<ActivationPrologue>(&prologue)) {
    const bool has_parameters = plain->activation == Activation::kXielu;
    for (int64_t i = 0; i < cols; ++i)
      out[i] = float(has_parameters ? xielu(plain->xielu, in[i]) : activate(plain->activation, in[i]));
  } else {
    std::copy_n(in, cols, out);
  }
}

void rotate(float* head, RopeLayout layout, const float* cos, const float* sin, int64_t half) {
  for (int64_t i = 0; i < half; ++i) {
    float& a = layout == RopeLayout::kPairs ? head[2 * i] : head[i];
    float& b = layout == RopeLayout::kPairs ? head[2 * i + 1] : head[half + i];
    const float x = a, y = b;
    a = x * cos[i] - y * sin[i];
    b = x * sin[i] + y * cos[i];
  }
}

void norm_and_rotate(const RopeAppendOp& op, const VectorView& norm, int64_t row, float* head) {
  const int64_t dim = op.kv.shape.key_dim;
  const NormPrologue prologue{norm, op.norm_eps};
  if (norm && !op.norm_last) norm_row(head, dim, prologue, head);
  rotate(head, op.layout, host_row(op.cos, row), host_row(op.sin, row), op.cos.cols);
  if (norm && op.norm_last) norm_row(head, dim, prologue, head);
}

/// What is no number stays none.
float clamped(float x, float limit) { return x > limit ? limit : x < -limit ? -limit : x; }

bool stores_kv(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kQ8_0 ||
         dtype == DType::kQ4_0;
}

/// Reads and writes one layer's keys and values, [kv_head][token][dim], keys first. Rows are padded to whole
/// blocks of the storage type, and rotated before they are quantised.
class KvAccess {
 public:
  explicit KvAccess(const KvLayer& layer)
      : layer_(layer),
        info_(dtype_info(layer.shape.dtype)),
        padded_(size_t(std::max(padded(layer.shape.key_dim), padded(layer.shape.value_dim)))) {}

  size_t block_bytes() const {
    return size_t(layer_.shape.num_kv_heads) * kKvBlockTokens * (row_bytes(true) + row_bytes(false));
  }
  void store(std::span<const int32_t> table, int position, int head, bool is_key, const float* in) const {
    std::vector<float> row(padded_);
    std::copy_n(in, dim(is_key), row.data());
    if (info_.block_size > 1) rotate_hadamard(row.data(), padded(dim(is_key)));
    encode_blocks(layer_.shape.dtype, row.data(), padded(dim(is_key)),
                  address(table, position, head, is_key));
  }
  /// `out` holds `padded_dim()` floats.
  void load(std::span<const int32_t> table, int position, int head, bool is_key, float* out) const {
    decode_blocks(layer_.shape.dtype, address(table, position, head, is_key), padded(dim(is_key)), out);
    if (info_.block_size > 1) rotate_hadamard(out, padded(dim(is_key)));
  }
  size_t padded_dim() const { return padded_; }

 private:
  int dim(bool is_key) const { return is_key ? layer_.shape.key_dim : layer_.shape.value_dim; }
  int64_t padded(int64_t count) const { return round_up(count, int64_t(info_.block_size)); }
  size_t row_bytes(bool is_key) const {
    return size_t(padded(dim(is_key)) / info_.block_size * info_.block_bytes);
  }
  std::byte* address(std::span<const int32_t> table, int position, int head, bool is_key) const {
    const int32_t block = table[size_t(position / kKvBlockTokens)];
    const size_t keys_bytes = size_t(layer_.shape.num_kv_heads) * kKvBlockTokens * row_bytes(true);
    const size_t row = size_t(head) * kKvBlockTokens + size_t(position % kKvBlockTokens);
    return host_bytes(layer_.block(block)) + (is_key ? 0 : keys_bytes) + row * row_bytes(is_key);
  }

  const KvLayer& layer_;
  DTypeInfo info_;
  size_t padded_;
};

class ReferenceBackend final : public HostBackend {
 public:
  explicit ReferenceBackend(ThreadPool& pool) : pool_(pool) {}

  std::string_view name() const override { return "reference (f32)"; }
  std::string_view numeric_identity() const override { return "reference 1"; }

  Result<std::unique_ptr<Weight>> pack(const StoredWeight& weight) override {
    for (const StoredTensor& slice : weight.slices) {
      if (find_not_finite(slice)) return not_finite();
    }
    return plan_weight(weight);
  }
  Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight& weight) const override {
    return std::make_unique<ReferenceWeight>(weight);
  }

  bool supports_kv(DType dtype) const override { return stores_kv(dtype); }
  size_t kv_block_bytes(const KvShape& shape) const override {
    const KvLayer layer{.shape = shape};
    return KvAccess(layer).block_bytes();
  }
  void embed(const EmbedOp& op) override {
    const std::span<const int32_t> ids = host_ints(op.ids);
    std::vector<float> embedded(size_t(op.out.cols));
    for (size_t row = 0; row < ids.size(); ++row) {
      float* out = host_row(op.out, int64_t(row));
      as_reference(*op.table).decode_row(ids[row], embedded.data());
      for (int64_t i = 0; i < op.out.cols; ++i) {
        const float scaled = embedded[size_t(i)] * op.scale;
        out[i] = op.accumulate ? out[i] + scaled : scaled;
      }
    }
  }

  void norm(const NormOp& op) override {
    std::vector<float> normed(size_t(op.in.cols));
    for (int64_t row = 0; row < op.in.rows; ++row) {
      norm_row(host_row(op.in, row), op.in.cols, op.norm, normed.data());
      float* out = host_row(op.out, row);
      for (int64_t i = 0; i < op.in.cols; ++i)
        out[i] = op.accumulate ? out[i] + normed[size_t(i)] : normed[size_t(i)];
    }
  }

  void linear(const LinearOp& op) override;
  void grouped_linear(const GroupedLinearOp& op) override;

  void rope_angles(const RopeAnglesOp& op) override {
    for (int64_t row = 0; row < op.cos.rows; ++row) fill_rope_angles(op, row);
  }

  void rope_append(const RopeAppendOp& op) override;
  void attention(const AttentionOp& op) override;
  void moe(const MoeOp& op) override;
  void scale_columns(const ScaleColumnsOp& op) override {
    const float* factors = host_floats(op.factors);
    for (int64_t row = 0; row < op.values.rows; ++row) {
      for (int64_t i = 0; i < op.values.cols; ++i) host_row(op.values, row)[i] *= factors[i];
    }
  }
  void state_space(const StateSpaceOp& op) override { run_reference_state_space(op); }

 private:
  void attend_row(const AttentionOp& op, const SequenceRows& sequence, int index, int head) const;
  void product(const std::vector<float>& in, int64_t rows, const ReferenceWeight& weight, int64_t first,
               int64_t count, FunctionRef<void(int64_t row, int64_t col, double value)> store);

  ThreadPool& pool_;
};

/// Calls store(row, col, in[row] . weight[first + col]) for every row and col in [0, count).
void ReferenceBackend::product(const std::vector<float>& in, int64_t rows, const ReferenceWeight& weight,
                               int64_t first, int64_t count,
                               FunctionRef<void(int64_t row, int64_t col, double value)> store) {
  pool_.run([&](int thread) {
    const WorkRange range = split_work(count, thread, pool_.size());
    std::vector<float> decoded(size_t(weight.cols()));
    for (int64_t col = range.begin; col < range.end; ++col) {
      weight.decode_row(first + col, decoded.data());
      for (int64_t row = 0; row < rows; ++row) {
        const float* x = &in[size_t(row * weight.cols())];
        double sum = 0;
        for (int64_t k = 0; k < weight.cols(); ++k) sum += double(x[k]) * decoded[size_t(k)];
        store(row, col, sum);
      }
    }
  });
}

void ReferenceBackend::linear(const LinearOp& op) {
  const int64_t cols = op.weight->cols(), rows = op.out.rows;
  std::vector<float> in(size_t(rows * cols));
  const std::span<const int32_t> in_rows = host_ints(op.in_rows);
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t from = in_rows.empty() ? row : in_rows[size_t(row)];
    apply_prologue(op.prologue, host_row(op.in, from), cols, &in[size_t(row * cols)]);
  }
  const float* bias = host_floats(op.bias);
  product(in, rows, as_reference(*op.weight), 0, op.weight->rows(),
          [&](int64_t row, int64_t col, double value) {
            if (bias != nullptr) value += bias[col];
            float& out = host_row(op.out, row)[col];
            out = op.accumulate ? float(out + value) : float(value);
          });
}

void ReferenceBackend::grouped_linear(const GroupedLinearOp& op) {
  const int64_t k = op.weight->cols(), n = op.weight->rows() / op.num_groups;
  const int64_t in_cols = op.in.cols / op.num_groups, rest = in_cols - k;
  std::vector<float> in(size_t(op.in.rows * k));
  for (int64_t group = 0; group < op.num_groups; ++group) {
    const int64_t first_out = group * (rest + n);
    for (int64_t row = 0; row < op.in.rows; ++row) {
      const float* from = host_row(op.in, row) + group * in_cols;
      std::copy_n(from, k, &in[size_t(row * k)]);
      std::copy_n(from + k, rest, host_row(op.out, row) + first_out);
    }
    product(in, op.in.rows, as_reference(*op.weight), group * n, n,
            [&](int64_t row, int64_t col, double value) {
              host_row(op.out, row)[first_out + rest + col] = float(value);
            });
  }
}

void ReferenceBackend::rope_append(const RopeAppendOp& op) {
  const KvShape& shape = op.kv.shape;
  const KvAccess cache(op.kv);
  for (const SequenceRows& sequence : host_sequences(op.sequences)) {
    for (int i = 0; i < sequence.num_rows; ++i) {
      const int64_t row = sequence.first_row + i;
      const int position = sequence.first_position + i;
      float* q = host_row(op.qkv, row);
      for (int64_t col = 0; op.clip > 0 && col < op.qkv.cols; ++col) q[col] = clamped(q[col], op.clip);
      float* k = q + int64_t(op.num_heads) * shape.key_dim;
      float* v = k + int64_t(shape.num_kv_heads) * shape.key_dim;
      for (int head = 0; head < op.num_heads; ++head) {
        float* at = q + int64_t(head) * shape.key_dim;
        norm_and_rotate(op, op.q_norm, row, at);
        const float scale = query_scale(op.query_scaling, position);
        for (int dim = 0; dim < shape.key_dim; ++dim) at[dim] *= scale;
      }
      for (int head = 0; head < shape.num_kv_heads; ++head) {
        float* at = k + int64_t(head) * shape.key_dim;
        norm_and_rotate(op, op.k_norm, row, at);
        cache.store(sequence.block_table, position, head, true, at);
        cache.store(sequence.block_table, position, head, false, v + int64_t(head) * shape.value_dim);
      }
    }
  }
}

void ReferenceBackend::attend_row(const AttentionOp& op, const SequenceRows& sequence, int index,
                                  int head) const {
  const KvShape& shape = op.kv.shape;
  const KvAccess cache(op.kv);
  const int64_t row = sequence.first_row + index;
  const int position = sequence.first_position + index;
  const auto [first, last] = visible_positions(op, sequence, position);
  const int kv_head = head / (op.num_heads / shape.num_kv_heads);
  const float* q = host_row(op.q, row) + int64_t(head) * shape.key_dim;
  const float *sinks = host_floats(op.sinks), *slopes = host_floats(op.alibi_slopes);
  std::vector<float> loaded(cache.padded_dim());
  std::vector<double> scores;
  for (int p = first; p <= last; ++p) {
    cache.load(sequence.block_table, p, kv_head, true, loaded.data());
    double score = 0;
    for (int i = 0; i < shape.key_dim; ++i) score += double(q[i]) * loaded[size_t(i)];
    score *= op.scale;
    if (op.softcap > 0) score = op.softcap * std::tanh(score / op.softcap);
    if (slopes != nullptr) score -= double(slopes[head]) * std::abs(p - position);
    scores.push_back(score);
  }
  double highest = *std::ranges::max_element(scores);
  if (sinks != nullptr) highest = std::max(highest, double(sinks[head]));
  double total = sinks != nullptr ? std::exp(sinks[head] - highest) : 0.0;
  for (double& score : scores) total += score = std::exp(score - highest);
  std::vector<double> sum(size_t(shape.value_dim));
  for (int p = first; p <= last; ++p) {
    cache.load(sequence.block_table, p, kv_head, false, loaded.data());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += scores[size_t(p - first)] / total * loaded[i];
  }
  std::ranges::copy(sum, host_row(op.out, row) + int64_t(head) * shape.value_dim);
}

void ReferenceBackend::attention(const AttentionOp& op) {
  pool_.run([&](int thread) {
    for (const SequenceRows& sequence : host_sequences(op.sequences)) {
      const int64_t tasks = int64_t(sequence.num_rows) * op.num_heads;
      for (int64_t task = thread; task < tasks; task += pool_.size()) {
        attend_row(op, sequence, int(task / op.num_heads), int(task % op.num_heads));
      }
    }
  });
}

/// The experts of a row, by rank, and their weights.
std::vector<WeighedExpert> choose_experts(const MoeOp& op, std::vector<double> scores) {
  std::vector<WeighedExpert> picks;
  if (op.gating == Gating::kSparseMixer) {
    for (int i = 0; i < op.top_k; ++i) picks.push_back(take_best_sparsely(scores, op.tolerance));
    return picks;
  }
  if (op.gating == Gating::kSoftmax) {
    const double highest = *std::ranges::max_element(scores);
    double total = 0;
    for (double& score : scores) total += score = std::exp(score - highest);
    for (double& score : scores) score /= total;
  } else {
    for (double& score : scores) score = 1.0 / (1.0 + std::exp(-score));
  }
  std::vector<double> choice = scores;
  const float* selection_bias = host_floats(op.selection_bias);
  for (size_t e = 0; selection_bias != nullptr && e < choice.size(); ++e) choice[e] += selection_bias[e];
  keep_best_groups(choice, op.groups);
  std::vector<int> order(choice.size());
  rank_experts(choice, order, order.size());
  double picked = 0;
  for (int i = 0; i < op.top_k; ++i) picked += scores[size_t(order[size_t(i)])];
  for (int i = 0; i < op.top_k; ++i) {
    const int expert = order[size_t(i)];
    picks.push_back({expert, scores[size_t(expert)] / (op.normalize ? picked : 1.0)});
  }
  return picks;
}

void ReferenceBackend::moe(const MoeOp& op) {
  const ReferenceWeight& gate_up = as_reference(*op.gate_up);
  const int64_t cols = op.in.cols, ff = op.down->cols();
  const float *router_bias = host_floats(op.router_bias), *gate_up_bias = host_floats(op.gate_up_bias),
              *down_bias = host_floats(op.down_bias);
  std::vector<float> normed(op.in.cols), gate_up_row(2 * ff), hidden(ff);
  std::vector<double> logits(op.num_experts), sum(op.in.cols);
  for (int64_t row = 0; row < op.in.rows; ++row) {
    apply_prologue(op.norm ? Prologue(*op.norm) : Prologue(), host_row(op.in, row), cols, normed.data());
    product(normed, 1, as_reference(*op.router), 0, op.num_experts,
            [&](int64_t, int64_t expert, double value) {
              logits[size_t(expert)] = value + (router_bias != nullptr ? router_bias[expert] : 0.0f);
            });
    std::ranges::fill(sum, 0.0);
    for (const auto& [expert, weight] : choose_experts(op, logits)) {
      const double before = op.weighs_inputs ? weight * op.scale : 1.0;
      const double after = op.weighs_inputs ? 1.0 : weight * op.scale;
      product(normed, 1, gate_up, expert * 2 * ff, 2 * ff, [&](int64_t, int64_t col, double value) {
        if (gate_up_bias != nullptr) value += gate_up_bias[expert * 2 * ff + col];
        gate_up_row[size_t(col)] = float(value * before);
      });
      apply_prologue(GatePrologue{op.activation}, gate_up_row.data(), ff, hidden.data());
      product(hidden, 1, as_reference(*op.down), expert * cols, cols,
              [&](int64_t, int64_t col, double value) {
                if (down_bias != nullptr) value += down_bias[expert * cols + col];
                sum[size_t(col)] += after * value;
              });
    }
    float* out = host_row(op.out, row);
    for (int64_t i = 0; i < cols; ++i) out[i] = float(out[i] + sum[size_t(i)]);
  }
}

}  // namespace

std::unique_ptr<Backend> make_reference_backend(ThreadPool& pool) {
  return std::make_unique<ReferenceBackend>(pool);
}

}  // namespace hearth
