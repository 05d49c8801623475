#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backend.h"
#include "backend/backends.h"
#include "backend/testing/remote_device.h"
#include "quant/format.h"

// What tests of the backends run on.

namespace hearth {

inline std::vector<float> random_floats(size_t count, uint32_t seed, float spread = 1.0f) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> out(count);
  for (float& x : out) x = normal(rng);
  return out;
}

/// Weights of a norm, which lie around one.
inline std::vector<float> norm_weights(size_t count, uint32_t seed) {
  std::vector<float> out = random_floats(count, seed, 0.25f);
  for (float& x : out) x += 1.0f;
  return out;
}

/// Blocks of `dtype` and a view of them.
struct RandomTensor {
  std::vector<std::byte> bytes;
  TensorView view;

  RandomTensor(DType dtype, int64_t rows, int64_t cols, uint32_t seed) {
    const DTypeInfo info = dtype_info(dtype);
    const std::vector<float> values = random_floats(size_t(rows * cols), seed);
    bytes.resize(size_t(rows * cols / info.block_size * info.block_bytes));
    encode_blocks(dtype, values.data(), rows * cols, bytes.data());
    view = {.dtype = dtype, .shape = {rows, cols}, .data = bytes};
  }
};

/// What a test keeps in a device's memory, while it is there.
class OnDevice {
 public:
  explicit OnDevice(Backend& backend) : backend_(backend) {}

  Matrix matrix(std::span<const float> values, int64_t rows) {
    const int64_t cols = int64_t(values.size()) / rows;
    return {put(std::as_bytes(values)), rows, cols, cols};
  }
  /// Of zeros.
  Matrix matrix(int64_t rows, int64_t cols) { return matrix(std::vector<float>(size_t(rows * cols)), rows); }
  VectorView vector(std::span<const float> values) {
    return {put(std::as_bytes(values)), int64_t(values.size()), DType::kF32};
  }
  VectorView vector(std::span<const int32_t> values) {
    return {put(std::as_bytes(values)), int64_t(values.size()), DType::kI32};
  }
  /// Blocks that hold whatever was there before: here, NaN.
  DeviceAddress blocks(size_t bytes) { return put(std::vector(bytes, std::byte{0xff})); }
  /// Of one batch, which refers to `sequences`.
  BatchSequences sequences(std::span<const SequenceRows> sequences) {
    const std::vector<SequenceRows> group(sequences.begin(), sequences.end());
    groups_.push_back(std::make_unique<std::vector<SequenceRows>>(group));
    batches_.push_back(backend_.make_batch());
    batches_.back()->upload({.sequences = {groups_.back().get(), 1}});
    return {batches_.back().get(), 0};
  }

  /// All values of a matrix that has nothing between its rows.
  std::vector<float> read(const Matrix& matrix) const {
    std::vector<float> values(size_t(matrix.rows * matrix.cols));
    CHECK(matrix.stride == matrix.cols);
    backend_.download(matrix.data, values);
    return values;
  }

 private:
  DeviceAddress put(std::span<const std::byte> bytes) {
    Result<DeviceBuffer> buffer = backend_.allocate(bytes.size());
    CHECK(buffer.has_value());
    backend_.upload(bytes, buffer->address());
    buffers_.push_back(std::move(*buffer));
    return buffers_.back().address();
  }

  Backend& backend_;
  std::vector<DeviceBuffer> buffers_;
  std::vector<std::unique_ptr<std::vector<SequenceRows>>> groups_;
  std::vector<std::unique_ptr<StepBatch>> batches_;
};

inline double nmse(std::span<const float> found, std::span<const float> expected) {
  double error = 0, power = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    error += std::pow(double(found[i]) - expected[i], 2);
    power += std::pow(double(expected[i]), 2);
  }
  return error == 0 ? 0 : error / power;
}

/// Runs `body` on the reference and on every CPU path with several numbers of threads; checks that every path
/// is within `tolerance` of the reference and that all paths agree to the bit, but for an instruction set
/// that has bits of its own. One of the numbers of threads is of a device out of the host's reach.
inline void compare(double tolerance, const std::function<std::vector<float>(Backend&)>& body,
                    std::string_view own_bits = {}) {
  ThreadPool reference_pool(2);
  const std::vector<float> expected = body(*make_reference_backend(reference_pool));
  std::vector<float> first;
  std::set<std::string> identities;  // of those that agree to the bit
  for (const std::string& isa : cpu_backend_isas()) {
    const bool has_own_bits = isa == own_bits;
    if (has_own_bits) first.clear();
    for (const int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      auto made = make_cpu_backend(pool, isa);
      ASSERT_TRUE(made) << made.error().message;
      std::unique_ptr<Backend> backend = std::move(*made);
      if (threads == 3) backend = std::make_unique<RemoteDevice>(std::move(backend));
      const std::string identity(backend->numeric_identity());
      if (!has_own_bits) identities.insert(identity);
      EXPECT_NE(identities.contains(identity), has_own_bits) << isa << " of the identity " << identity;
      const std::vector<float> found = body(*backend);
      ASSERT_EQ(found.size(), expected.size());
      EXPECT_LE(nmse(found, expected), tolerance) << isa << ", " << threads << " threads";
      if (first.empty()) first = found;
      for (size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(std::bit_cast<uint32_t>(found[i]), std::bit_cast<uint32_t>(first[i]))
            << isa << ", " << threads << " threads, at " << i;
      }
    }
  }
}

struct AttentionCase {
  int heads, kv_heads, key_dim, value_dim;
  DType dtype;
  int window = 0;
  bool is_chunked = false;
  float softcap = 0;
  RopeLayout layout = RopeLayout::kHalves;
  bool norms = false;
  double tolerance = 1e-8;
  bool sinks = false;
  bool causal = true;
  bool alibi = false;
  bool norm_last = false;
  float clip = 0.0f;
};

/// Sinks of all heads, some above and some below what scores are.
inline std::vector<float> sink_scores(const AttentionCase& c) {
  return random_floats(size_t(c.heads), 9, 4.0f);
}

/// Some falling to nothing within a window, some nearly flat.
inline std::vector<float> alibi_slopes(const AttentionCase& c) {
  std::vector<float> slopes;
  for (int head = 0; head < c.heads; ++head)
    slopes.push_back(std::exp2(-float(head + 1) * 8.0f / float(c.heads)));
  return slopes;
}

/// A value in place of one of the inputs of the first sequence: of a query, a key or a value.
struct Poison {
  int position = 0, column = 0;
  float value = 0.0f;
};

/// Feeds `lengths[i]` tokens of sequence i in steps of `step`, all sequences in one batch, through rope,
/// cache and attention; returns the outputs in order of position, sequence after sequence.
inline std::vector<float> run_attention(Backend& backend, const AttentionCase& c,
                                        std::span<const int> lengths, int step,
                                        std::optional<Poison> poison = std::nullopt) {
  const KvShape shape{c.dtype, c.kv_heads, c.key_dim, c.value_dim};
  const size_t block_bytes = backend.kv_block_bytes(shape);
  constexpr int kBlocksEach = 40;
  OnDevice kept(backend);
  const KvLayer layer{kept.blocks(block_bytes * kBlocksEach * lengths.size()), block_bytes, shape};
  std::vector<std::vector<int32_t>> tables(lengths.size());
  for (int b = kBlocksEach - 1; b >= 0; --b) {
    for (size_t s = 0; s < lengths.size(); ++s) tables[s].push_back(int32_t(size_t(b) * lengths.size() + s));
  }
  const int width = c.heads * c.key_dim + c.kv_heads * (c.key_dim + c.value_dim);
  const int out_width = c.heads * c.value_dim;
  std::vector<std::vector<float>> inputs, outputs;
  for (size_t s = 0; s < lengths.size(); ++s) {
    inputs.push_back(random_floats(size_t(lengths[s] * width), uint32_t(100 + s)));
    outputs.emplace_back(size_t(lengths[s] * out_width));
  }
  if (poison) inputs[0][size_t(poison->position * width + poison->column)] = poison->value;
  std::vector<float> inv_freq;
  for (int i = 0; i < c.key_dim / 2; ++i)
    inv_freq.push_back(std::pow(1e4f, -2.0f * float(i) / float(c.key_dim)));
  const VectorView norm = kept.vector(random_floats(size_t(c.key_dim), 7)),
                   sinks = kept.vector(sink_scores(c)), slopes = kept.vector(alibi_slopes(c)),
                   frequencies = kept.vector(inv_freq);
  for (int at = 0; at < *std::ranges::max_element(lengths); at += step) {
    std::vector<SequenceRows> sequences;
    std::vector<int32_t> positions;
    std::vector<float> qkv;
    for (size_t s = 0; s < lengths.size(); ++s) {
      const int count = std::min(step, lengths[s] - at);
      if (count <= 0) continue;
      sequences.push_back({int32_t(positions.size()), count, at, tables[s]});
      for (int i = 0; i < count; ++i) positions.push_back(at + i);
      qkv.insert(qkv.end(), inputs[s].begin() + at * width, inputs[s].begin() + (at + count) * width);
    }
    const auto rows = int64_t(positions.size());
    OnDevice on(backend);
    const Matrix in = on.matrix(qkv, rows), cos = on.matrix(rows, frequencies.size),
                 sin = on.matrix(rows, frequencies.size), outputs_of_step = on.matrix(rows, out_width);
    const BatchSequences batch = on.sequences(sequences);
    backend.rope_angles({on.vector(positions), frequencies, 1.1f, cos, sin});
    backend.rope_append({.qkv = in,
                         .num_heads = c.heads,
                         .q_norm = c.norms ? norm : VectorView(),
                         .k_norm = c.norms ? norm : VectorView(),
                         .norm_eps = 1e-6f,
                         .norm_last = c.norm_last,
                         .clip = c.clip,
                         .layout = c.layout,
                         .cos = cos,
                         .sin = sin,
                         .kv = layer,
                         .sequences = batch});
    backend.attention({.q = in.columns(0, c.heads * c.key_dim),
                       .num_heads = c.heads,
                       .scale = 0.3f,
                       .softcap = c.softcap,
                       .window = c.window,
                       .is_chunked = c.is_chunked,
                       .causal = c.causal,
                       .sinks = c.sinks ? sinks : VectorView(),
                       .alibi_slopes = c.alibi ? slopes : VectorView(),
                       .kv = layer,
                       .sequences = batch,
                       .out = outputs_of_step});
    const std::vector<float> out = on.read(outputs_of_step);
    size_t s = 0;
    for (const SequenceRows& sequence : sequences) {
      while (sequence.block_table.data() != tables[s].data()) ++s;
      std::copy_n(out.begin() + sequence.first_row * out_width, sequence.num_rows * out_width,
                  outputs[s].begin() + at * out_width);
    }
  }
  std::vector<float> all;
  for (const auto& one : outputs) all.insert(all.end(), one.begin(), one.end());
  return all;
}

}  // namespace hearth
