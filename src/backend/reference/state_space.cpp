#include "backend/reference/state_space.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/host/host_batch.h"

namespace hearth {

namespace {

double silu(double x) { return x / (1.0 + std::exp(-x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// silu of the convolution over x | B | C; `window` has the inputs that it sees, the oldest first, and is
/// moved on to this row's.
std::vector<double> convolve(const StateSpaceOp& op, const float* in, float* window) {
  const int64_t channels = op.shape.channels(), kept = op.shape.conv_kernel - 1;
  const float *weight = host_floats(op.conv_weight), *bias = host_floats(op.conv_bias);
  std::vector<double> out(bias, bias + channels);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t tap = 0; tap < kept; ++tap)
      out[size_t(c)] += double(weight[tap * channels + c]) * window[tap * channels + c];
    out[size_t(c)] = silu(out[size_t(c)] + double(weight[kept * channels + c]) * in[c]);
  }
  if (kept == 0) return out;
  std::copy(window + channels, window + kept * channels, window);
  std::copy_n(in, channels, window + (kept - 1) * channels);
  return out;
}

/// One head of one row: y from x, B and C, and the state moved on.
void step_head(const StateSpaceOp& op, int head, double dt, const double* x, const double* b, const double* c,
               float* state, double* y) {
  const double step = softplus(dt + host_floats(op.dt_bias)[head]),
               decay = std::exp(step * host_floats(op.a)[head]);
  for (int p = 0; p < op.shape.head_dim; ++p) {
    y[p] = host_floats(op.d)[head] * x[p];
    for (int n = 0; n < op.shape.state_size; ++n) {
      float& kept = state[int64_t(n) * op.shape.head_dim + p];
      kept = float(decay * kept + b[n] * step * x[p]);
      y[p] += c[n] * kept;
    }
  }
}

void gate_and_norm(const StateSpaceOp& op, const float* z, std::vector<double>& y, float* out) {
  const size_t size = y.size() / size_t(op.shape.num_groups);
  for (size_t first = 0; first < y.size(); first += size) {
    double sum = 0;
    for (size_t i = first; i < first + size; ++i) {
      y[i] *= silu(z[i]);
      sum += y[i] * y[i];
    }
    const float* norm = host_floats(op.norm);
    const double scale = 1.0 / std::sqrt(sum / double(size) + op.norm_eps);
    for (size_t i = first; i < first + size; ++i)
      out[i] = float(norm != nullptr ? y[i] * scale * norm[i] : y[i]);
  }
}

void run_row(const StateSpaceOp& op, int64_t row, float* state) {
  const StateSpaceShape& shape = op.shape;
  const float* in = host_row(op.in, row);
  const float* dt = in + shape.inner_size() + shape.channels();
  const std::vector<double> mixed = convolve(op, in + shape.inner_size(), state);
  std::vector<double> y(size_t(shape.inner_size()));
  for (int head = 0; head < shape.num_heads; ++head) {
    const int64_t group = head / (shape.num_heads / shape.num_groups);
    const double* b = mixed.data() + shape.inner_size() + group * shape.state_size;
    const int64_t first = int64_t(head) * shape.head_dim;
    step_head(op, head, dt[head], mixed.data() + first, b, b + shape.groups_size(),
              state + shape.heads_offset() + head * shape.head_floats(), y.data() + first);
  }
  gate_and_norm(op, in, y, host_row(op.out, row));
}

}  // namespace

void run_reference_state_space(const StateSpaceOp& op) {
  const size_t bytes = op.shape.state_bytes();
  for (const SequenceRows& sequence : host_sequences(op.sequences)) {
    const float* read = host_floats(op.state.block(sequence.block_table.front()));
    float* state = host_floats(op.state.block(sequence.block_table.back()));
    if (sequence.first_position == 0) {
      std::fill_n(state, bytes / sizeof(float), 0.0f);
    } else if (read != state) {
      std::copy_n(read, bytes / sizeof(float), state);
    }
    for (int64_t i = 0; i < sequence.num_rows; ++i) run_row(op, sequence.first_row + i, state);
  }
}

}  // namespace hearth
