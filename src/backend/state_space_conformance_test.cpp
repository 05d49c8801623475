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

  void leave_norm_out() { normed_ = false; }

  /// Outputs in order of position, sequence after sequence, then the states that are left.
  std::vector<float> run(Backend& backend, const Feeding& feeding = {}) const;

 private:
  struct Pool {
    StateLayer layer;
    std::vector<std::array<int32_t, 2>> blocks;  ///< of each sequence: what it reads, and another
  };
  Pool make_pool(OnDevice& on) const;
  void run_batch(Backend& backend, Pool& pool, std::span<const size_t> members, int at,
                 const Feeding& feeding, std::vector<std::vector<float>>& outputs) const;

  StateSpaceShape shape_;
  std::vector<int> lengths_;
  bool normed_ = true;
  std::vector<float> conv_weight_, conv_bias_, dt_bias_, a_, d_, norm_;
  std::vector<std::vector<float>> inputs_;
};

Mixed::Pool Mixed::make_pool(OnDevice& on) const {
  Pool pool;
  pool.layer.block_stride = shape_.state_bytes() + 64;
  pool.layer.base = on.blocks(pool.layer.block_stride * 2 * lengths_.size());
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
  OnDevice on(backend);
  const Matrix mixed = on.matrix(rows, out_cols);
  backend.state_space({.in = on.matrix(in, rows),
                       .shape = shape_,
                       .conv_weight = on.vector(conv_weight_),
                       .conv_bias = on.vector(conv_bias_),
                       .dt_bias = on.vector(dt_bias_),
                       .a = on.vector(a_),
                       .d = on.vector(d_),
                       .norm = normed_ ? on.vector(norm_) : VectorView(),
                       .norm_eps = 1e-5f,
                       .state = pool.layer,
                       .sequences = on.sequences(sequences),
                       .work = on.matrix(rows, shape_.work_cols()),
                       .out = mixed});
  const std::vector<float> out = on.read(mixed);
  for (size_t i = 0; i < fed.size(); ++i) {
    std::copy_n(out.begin() + sequences[i].first_row * out_cols, sequences[i].num_rows * out_cols,
                outputs[fed[i]].begin() + at * out_cols);
    if (!feeding.in_place) std::swap(pool.blocks[fed[i]][0], pool.blocks[fed[i]][1]);
  }
}

std::vector<float> Mixed::run(Backend& backend, const Feeding& feeding) const {
  OnDevice on(backend);
  Pool pool = make_pool(on);
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
    const auto floats = int64_t(shape_.state_bytes() / sizeof(float));
    const std::vector<float> state = on.read({pool.layer.block(blocks[0]), 1, floats, floats});
    result.insert(result.end(), state.begin(), state.begin() + kept);
    result.insert(result.end(), state.begin() + shape_.heads_offset(), state.end());
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
    Mixed mixed(shape, {70, 1, 33});
    compare(1e-11, [&](Backend& backend) { return mixed.run(backend); });
    mixed.leave_norm_out();
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
    std::vector<float> blocks = before;
    blocks.resize(2 * before.size());
    OnDevice on(backend);
    const Matrix pool_of_two = on.matrix(blocks, 2);
    const VectorView some = on.vector(weights);
    const std::vector<int32_t> table{0, 1};
    const SequenceRows sequence{0, 1, 5, table};
    backend.state_space({.in = on.matrix(random_floats(size_t(shape.in_cols()), 3), 1),
                         .shape = shape,
                         .conv_weight = some,
                         .conv_bias = some,
                         .dt_bias = some,
                         .a = some,
                         .d = some,
                         .norm = some,
                         .norm_eps = 1e-5f,
                         .state = {pool_of_two.data, shape.state_bytes()},
                         .sequences = on.sequences({&sequence, 1}),
                         .work = on.matrix(1, shape.work_cols()),
                         .out = on.matrix(1, shape.inner_size())});
    blocks = on.read(pool_of_two);
    EXPECT_TRUE(std::equal(before.begin(), before.end(), blocks.begin())) << backend.name();
    EXPECT_FALSE(std::equal(before.begin(), before.end(), blocks.begin() + ptrdiff_t(before.size())));
  };
  check(*make_reference_backend(pool));
  for (const std::string& isa : cpu_backend_isas()) check(**make_cpu_backend(pool, isa));
}

}  // namespace
}  // namespace hearth
