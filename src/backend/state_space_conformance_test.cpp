// State spaces on every instruction set against the reference, however a text is cut and whoever else is in
// the batch.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backend_fixture.h"

namespace hearth {
namespace {

/// How texts are brought to the backend.
struct Feeding {
  int step = 1000;          ///< rows of a sequence in a batch
  bool in_place = true;     ///< else every batch reads one block and writes another
  bool one_by_one = false;  ///< else all sequences in one batch
};

/// Weights and inputs of one mixer.
class Mixed {
 public:
  Mixed(const StateSpaceShape& shape, std::vector<int> lengths)
      : shape_(shape),
        lengths_(std::move(lengths)),
        conv_weight_(random_floats(size_t(shape.conv_kernel * shape.channels()), 1, 0.6f)),
        conv_bias_(random_floats(size_t(shape.channels()), 2, 0.3f)),
        dt_bias_(random_floats(size_t(shape.num_heads), 3)),
        a_(random_floats(size_t(shape.num_heads), 4)),
        d_(random_floats(size_t(shape.num_heads), 5)),
        norm_(norm_weights(size_t(shape.inner_size()), 6)) {
    for (float& a : a_) a = -std::exp(a - 2.0f);
    for (size_t s = 0; s < lengths_.size(); ++s) {
      std::vector<float>& in =
          inputs_.emplace_back(random_floats(size_t(lengths_[s] * shape.in_cols()), uint32_t(100 + s)));
      // Every third row: steps far from where softplus bends.
      for (int row = 0; row < lengths_[s]; row += 3) {
        float* end = in.data() + (row + 1) * shape.in_cols();
        for (float* dt = end - shape.num_heads; dt < end; ++dt) *dt *= 30.0f;
      }
    }
  }

  /// Outputs in order of position, sequence after sequence, then the states that are left.
  std::vector<float> run(Backend& backend, const Feeding& feeding = {}) const;

 private:
  struct Pool {
    std::vector<float> floats;
    size_t stride;                               ///< floats of a block
    std::vector<std::array<int32_t, 2>> blocks;  ///< of each sequence: what it reads, and another
  };
  Pool make_pool() const;
  void run_batch(Backend& backend, Pool& pool, std::span<const size_t> members, int at,
                 const Feeding& feeding, std::vector<std::vector<float>>& outputs) const;

  StateSpaceShape shape_;
  std::vector<int> lengths_;
  std::vector<float> conv_weight_, conv_bias_, dt_bias_, a_, d_, norm_;
  std::vector<std::vector<float>> inputs_;
};

/// Fresh blocks hold whatever was there before: here, NaN.
Mixed::Pool Mixed::make_pool() const {
  Pool pool;
  pool.stride = shape_.state_bytes() / sizeof(float) + 16;
  pool.floats.resize(pool.stride * 2 * lengths_.size());
  std::memset(pool.floats.data(), 0xff, pool.floats.size() * sizeof(float));
  for (size_t s = 0; s < lengths_.size(); ++s)
    pool.blocks.push_back({int32_t(2 * lengths_.size() - 1 - s), int32_t(s)});
  return pool;
}

void Mixed::run_batch(Backend& backend, Pool& pool, std::span<const size_t> members, int at,
                      const Feeding& feeding, std::vector<std::vector<float>>& outputs) const {
  const int64_t in_cols = shape_.in_cols(), out_cols = shape_.inner_size();
  std::vector<SequenceRows> sequences;
  std::vector<size_t> fed;
  std::vector<float> in;
  int rows = 0;
  for (const size_t s : members) {
    const int count = std::min(feeding.step, lengths_[s] - at);
    if (count <= 0) continue;
    sequences.push_back({rows, count, at, std::span(pool.blocks[s]).first(feeding.in_place ? 1 : 2)});
    fed.push_back(s);
    in.insert(in.end(), inputs_[s].begin() + at * in_cols, inputs_[s].begin() + (at + count) * in_cols);
    rows += count;
  }
  if (rows == 0) return;
  std::vector<float> work(size_t(rows * shape_.work_cols())), out(size_t(rows * out_cols));
  backend.state_space(
      {.in = matrix(in, rows),
       .shape = shape_,
       .conv_weight = conv_weight_.data(),
       .conv_bias = conv_bias_.data(),
       .dt_bias = dt_bias_.data(),
       .a = a_.data(),
       .d = d_.data(),
       .norm = norm_.data(),
       .norm_eps = 1e-5f,
       .state = {reinterpret_cast<std::byte*>(pool.floats.data()), pool.stride * sizeof(float)},
       .sequences = sequences,
       .work = matrix(work, rows),
       .out = matrix(out, rows)});
  for (size_t i = 0; i < fed.size(); ++i) {
    std::copy_n(out.begin() + sequences[i].first_row * out_cols, sequences[i].num_rows * out_cols,
                outputs[fed[i]].begin() + at * out_cols);
    if (!feeding.in_place) std::swap(pool.blocks[fed[i]][0], pool.blocks[fed[i]][1]);
  }
}

std::vector<float> Mixed::run(Backend& backend, const Feeding& feeding) const {
  Pool pool = make_pool();
  std::vector<std::vector<float>> outputs;
  std::vector<size_t> all(lengths_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  for (const int length : lengths_) outputs.emplace_back(size_t(length * shape_.inner_size()));
  const int longest = *std::ranges::max_element(lengths_);
  for (int at = 0; at < longest; at += feeding.step) {
    if (!feeding.one_by_one) run_batch(backend, pool, all, at, feeding, outputs);
    for (size_t s = 0; s < all.size() && feeding.one_by_one; ++s)
      run_batch(backend, pool, std::span(all).subspan(s, 1), at, feeding, outputs);
  }
  std::vector<float> result;
  for (const auto& one : outputs) result.insert(result.end(), one.begin(), one.end());
  // Between the inputs and the heads may lie floats that nothing sets.
  const int64_t kept = (shape_.conv_kernel - 1) * shape_.channels();
  for (const auto& blocks : pool.blocks) {
    const float* state = pool.floats.data() + size_t(blocks[0]) * pool.stride;
    result.insert(result.end(), state, state + kept);
    result.insert(result.end(), state + shape_.heads_offset(), state + shape_.state_bytes() / sizeof(float));
  }
  return result;
}

constexpr StateSpaceShape kShapes[] = {
    {.num_heads = 4, .head_dim = 20, .state_size = 12, .num_groups = 2, .conv_kernel = 4},
    {.num_heads = 3, .head_dim = 64, .state_size = 128, .num_groups = 1, .conv_kernel = 4},
    {.num_heads = 18, .head_dim = 37, .state_size = 5, .num_groups = 3, .conv_kernel = 2},
    {.num_heads = 2, .head_dim = 112, .state_size = 16, .num_groups = 2, .conv_kernel = 1},
};

TEST(StateSpace, AgreesWithTheReference) {
  for (const StateSpaceShape& shape : kShapes) {
    const Mixed mixed(shape, {70, 1, 33});
    compare(1e-11, [&](Backend& backend) { return mixed.run(backend); });
  }
}

TEST(StateSpace, RowsDoNotDependOnChunksOrCompanyOrBlocks) {
  ThreadPool pool(2);
  for (const StateSpaceShape& shape : kShapes) {
    const Mixed mixed(shape, {23, 2, 9});
    const auto check = [&](Backend& backend) {
      const std::vector<float> whole = mixed.run(backend, {.one_by_one = true});
      for (const int step : {1, 2, 3, 5, 40}) {
        for (const bool in_place : {true, false}) {
          for (const bool one_by_one : {true, false}) {
            const std::vector<float> found =
                mixed.run(backend, {.step = step, .in_place = in_place, .one_by_one = one_by_one});
            ASSERT_EQ(found.size(), whole.size());
            EXPECT_EQ(std::memcmp(found.data(), whole.data(), whole.size() * sizeof(float)), 0)
                << backend.name() << ", steps of " << step << (in_place ? ", in place" : "")
                << (one_by_one ? ", one by one" : "");
          }
        }
      }
    };
    check(*make_reference_backend(pool));
    for (const std::string& isa : cpu_backend_isas()) check(**make_cpu_backend(pool, isa));
  }
}

/// A state that others hold is read and stays as it is.
TEST(StateSpace, LeavesTheBlockThatItReads) {
  ThreadPool pool(2);
  const StateSpaceShape& shape = kShapes[0];
  const std::vector<float> before = random_floats(shape.state_bytes() / sizeof(float), 1);
  const std::vector<float> weights = random_floats(size_t(shape.conv_kernel * shape.channels()), 2);
  const auto check = [&](Backend& backend) {
    std::vector<float> blocks = before, in = random_floats(size_t(shape.in_cols()), 3);
    blocks.resize(2 * before.size());
    std::vector<float> work(size_t(shape.work_cols())), out(size_t(shape.inner_size()));
    const std::vector<int32_t> table{0, 1};
    const SequenceRows sequence{0, 1, 5, table};
    backend.state_space({.in = matrix(in, 1),
                         .shape = shape,
                         .conv_weight = weights.data(),
                         .conv_bias = weights.data(),
                         .dt_bias = weights.data(),
                         .a = weights.data(),
                         .d = weights.data(),
                         .norm = weights.data(),
                         .norm_eps = 1e-5f,
                         .state = {reinterpret_cast<std::byte*>(blocks.data()), shape.state_bytes()},
                         .sequences = {&sequence, 1},
                         .work = matrix(work, 1),
                         .out = matrix(out, 1)});
    EXPECT_TRUE(std::equal(before.begin(), before.end(), blocks.begin())) << backend.name();
    EXPECT_FALSE(std::equal(before.begin(), before.end(), blocks.begin() + ptrdiff_t(before.size())));
  };
  check(*make_reference_backend(pool));
  for (const std::string& isa : cpu_backend_isas()) check(**make_cpu_backend(pool, isa));
}

}  // namespace
}  // namespace hearth
