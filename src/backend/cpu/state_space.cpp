#include "backend/cpu/state_space.h"

#include <algorithm>
#include <vector>

#include "backend/host/host_batch.h"
#include "base/checked_math.h"

namespace hearth::cpu {

namespace {

/// Channels of a row that one task convolves.
constexpr int64_t kChannelsOfTask = 512;

class StateSpaceRun {
 public:
  StateSpaceRun(const StateSpaceOp& op, const Kernels& kernels)
      : op_(op), shape_(op.shape), kernels_(kernels), channels_(shape_.channels()) {}

  int64_t parts_of_row() const { return ceil_div(channels_, kChannelsOfTask); }
  /// Channels of one part of row `index` of the sequence; its first part takes the steps of the heads as
  /// well.
  void convolve(const SequenceRows& sequence, int64_t index, int64_t part,
                std::vector<const float*>& inputs) const;
  /// All rows through one head.
  void scan(const SequenceRows& sequence, int head) const;
  /// Keeps the inputs that the convolution of the sequence's next rows looks back to.
  void keep_inputs(const SequenceRows& sequence) const;
  void gate_and_norm(int64_t row) const;

 private:
  /// x | B | C of row `index` of the sequence before the convolution; of earlier rows (index < 0) what the
  /// state keeps, or null where the sequence begins.
  const float* input(const SequenceRows& sequence, int64_t index) const {
    if (index >= 0) return host_row(op_.in, sequence.first_row + index) + shape_.inner_size();
    if (sequence.first_position == 0) return nullptr;
    return host_floats(op_.state.block(sequence.block_table.front())) +
           (shape_.conv_kernel - 1 + index) * channels_;
  }

  const StateSpaceOp& op_;
  const StateSpaceShape& shape_;
  const Kernels& kernels_;
  const int64_t channels_;
};

void StateSpaceRun::convolve(const SequenceRows& sequence, int64_t index, int64_t part,
                             std::vector<const float*>& inputs) const {
  const int64_t row = sequence.first_row + index, first = part * kChannelsOfTask;
  inputs.clear();
  for (int64_t tap = index - (shape_.conv_kernel - 1); tap <= index; ++tap) {
    const float* in = input(sequence, tap);
    inputs.push_back(in != nullptr ? in + first : nullptr);
  }
  kernels_.state_space_conv({.num_taps = shape_.conv_kernel,
                             .inputs = inputs.data(),
                             .weights = host_floats(op_.conv_weight) + first,
                             .weight_stride = channels_,
                             .bias = host_floats(op_.conv_bias) + first,
                             .count = std::min(kChannelsOfTask, channels_ - first),
                             .out = host_row(op_.work, row) + first});
  if (part > 0) return;
  float* step = host_row(op_.work, row) + channels_;
  kernels_.state_space_steps(host_row(op_.in, row) + shape_.inner_size() + channels_,
                             host_floats(op_.dt_bias), host_floats(op_.a), shape_.num_heads, step,
                             step + shape_.num_heads);
}

void StateSpaceRun::scan(const SequenceRows& sequence, int head) const {
  const int64_t offset = shape_.heads_offset() + head * shape_.head_floats();
  float* state = host_floats(op_.state.block(sequence.block_table.back())) + offset;
  if (sequence.first_position == 0) {
    std::fill_n(state, shape_.head_floats(), 0.0f);
  } else if (sequence.block_table.front() != sequence.block_table.back()) {
    std::copy_n(host_floats(op_.state.block(sequence.block_table.front())) + offset, shape_.head_floats(),
                state);
  }
  const float* work = host_row(op_.work, sequence.first_row);
  const float* b =
      work + shape_.inner_size() + int64_t(head / (shape_.num_heads / shape_.num_groups)) * shape_.state_size;
  kernels_.state_space_scan({.rows = sequence.num_rows,
                             .x = work + int64_t(head) * shape_.head_dim,
                             .b = b,
                             .c = b + shape_.groups_size(),
                             .step = work + channels_ + head,
                             .decay = work + channels_ + shape_.num_heads + head,
                             .stride = op_.work.stride,
                             .d = host_floats(op_.d)[head],
                             .head_dim = shape_.head_dim,
                             .state_size = shape_.state_size,
                             .state = state,
                             .y = host_row(op_.out, sequence.first_row) + int64_t(head) * shape_.head_dim,
                             .y_stride = op_.out.stride});
}

/// Where the state is changed in place, an input that it keeps moves towards the front, past none that is yet
/// to move.
void StateSpaceRun::keep_inputs(const SequenceRows& sequence) const {
  float* kept = host_floats(op_.state.block(sequence.block_table.back()));
  for (int64_t index = sequence.num_rows - (shape_.conv_kernel - 1); index < sequence.num_rows; ++index) {
    const float* in = input(sequence, index);
    if (in == nullptr) {
      std::fill_n(kept, channels_, 0.0f);
    } else {
      std::copy_n(in, channels_, kept);
    }
    kept += channels_;
  }
}

void StateSpaceRun::gate_and_norm(int64_t row) const {
  float* out = host_row(op_.out, row);
  kernels_.gate(int(Activation::kSilu), host_row(op_.in, row), out, shape_.inner_size(), out);
  if (!op_.norm) return;
  const int64_t size = shape_.inner_size() / shape_.num_groups;
  for (int64_t first = 0; first < shape_.inner_size(); first += size) {
    kernels_.rms_norm(out + first, host_floats(op_.norm) + first, op_.norm_eps, size, out + first);
  }
}

}  // namespace

void run_state_space(const StateSpaceOp& op, const Kernels& kernels, ThreadPool& pool) {
  const StateSpaceRun run(op, kernels);
  const std::span<const SequenceRows> sequences = host_sequences(op.sequences);
  const int64_t parts = run.parts_of_row();
  pool.run([&](int thread) {
    std::vector<const float*> inputs;
    for (const SequenceRows& sequence : sequences) {
      const WorkRange range = split_work(sequence.num_rows * parts, thread, pool.size());
      for (int64_t task = range.begin; task < range.end; ++task) {
        run.convolve(sequence, task / parts, task % parts, inputs);
      }
    }
  });
  const int64_t heads = op.shape.num_heads;
  pool.run([&](int thread) {
    const WorkRange range = split_work(int64_t(sequences.size()) * heads, thread, pool.size());
    for (int64_t task = range.begin; task < range.end; ++task) {
      const SequenceRows& sequence = sequences[size_t(task / heads)];
      run.scan(sequence, int(task % heads));
      if (task % heads == 0) run.keep_inputs(sequence);
    }
  });
  pool.run([&](int thread) {
    const WorkRange range = split_work(op.out.rows, thread, pool.size());
    for (int64_t row = range.begin; row < range.end; ++row) run.gate_and_norm(row);
  });
}

}  // namespace hearth::cpu
