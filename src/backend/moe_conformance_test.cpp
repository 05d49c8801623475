// Mixtures of experts against the reference, over ways to pick and to weigh them.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backend_fixture.h"
#include "backend/backends.h"

namespace hearth {
namespace {

struct MoeCase {
  DType dtype;  ///< of the experts
  Gating gating = Gating::kSoftmax;
  bool normalize = true;
  Activation activation = Activation::kSilu;
  bool biases = false;
  bool selection_bias = false;
  float scale = 1.0f;
  bool weighs_inputs = false;
  float tolerance_of_logits = 0.0f;
  ExpertGroups groups = {};
  bool normed = true;
  int cols = 72, ff = 40;
  double tolerance = 1e-11;
};

const MoeCase kMoeCases[] = {
    {.dtype = DType::kF32},
    {.dtype = DType::kF32, .normalize = false},
    {.dtype = DType::kF32, .gating = Gating::kSigmoid},
    {.dtype = DType::kF32,
     .gating = Gating::kSigmoid,
     .normalize = false,
     .activation = Activation::kGeluTanh},
    {.dtype = DType::kF32, .activation = Activation::kClampedSwiglu, .biases = true},
    {.dtype = DType::kF32, .gating = Gating::kSigmoid, .biases = true},
    {.dtype = DType::kMXFP4,
     .activation = Activation::kClampedSwiglu,
     .biases = true,
     .cols = 96,
     .ff = 64,
     .tolerance = 1e-3},
    {.dtype = DType::kQ4_K, .biases = true, .cols = 256, .ff = 512, .tolerance = 1e-3},
    {.dtype = DType::kF32,
     .gating = Gating::kSigmoid,
     .selection_bias = true,
     .scale = 2.5f,
     .normed = false},
    {.dtype = DType::kF32, .normalize = false, .scale = 16.0f, .groups = {.count = 3, .top_k = 1}},
    {.dtype = DType::kF32,
     .gating = Gating::kSigmoid,
     .selection_bias = true,
     .groups = {.count = 2, .top_k = 1, .num_scores = 2}},
    {.dtype = DType::kF32, .selection_bias = true},
    {.dtype = DType::kF32, .gating = Gating::kSigmoid, .normalize = false, .weighs_inputs = true},
    {.dtype = DType::kQ4_K,
     .normalize = false,
     .weighs_inputs = true,
     .cols = 256,
     .ff = 512,
     .tolerance = 1e-3},
    {.dtype = DType::kF32, .gating = Gating::kSparseMixer, .tolerance_of_logits = 0.7f},
};

/// The weights of a mixture of six experts, of which a row takes two.
struct MoeWeights {
  static constexpr int kExperts = 6;

  explicit MoeWeights(const MoeCase& c)
      : router(DType::kF32, kExperts, c.cols, 1),
        down(c.dtype, kExperts * c.cols, c.ff, 30),
        norm(random_floats(size_t(c.cols), 2)),
        router_bias(random_floats(kExperts, 50)),
        selection_bias(random_floats(kExperts, 53)),
        gate_up_bias(random_floats(size_t(kExperts * 2 * c.ff), 51)),
        down_bias(random_floats(size_t(kExperts * c.cols), 52)) {
    down.view.shape = {kExperts, c.cols, c.ff};
    for (uint32_t e = 0; e < kExperts; ++e) {
      gate_up.emplace_back(c.dtype, c.ff, c.cols, 10 + e);
      gate_up.emplace_back(c.dtype, c.ff, c.cols, 20 + e);
    }
    for (const RandomTensor& part : gate_up) stacked.slices.emplace_back(part.view);
  }

  RandomTensor router, down;
  std::vector<RandomTensor> gate_up;
  StoredWeight stacked;  ///< gate_up
  std::vector<float> norm, router_bias, selection_bias, gate_up_bias, down_bias;
};

class Moe : public testing::TestWithParam<MoeCase> {
 protected:
  /// All rows, in batches of at most `size`.
  std::vector<float> run(Backend& backend, std::span<const float> all, int64_t size) const {
    const MoeCase& c = GetParam();
    auto router = backend.pack(weights_.router.view), down = backend.pack(weights_.down.view),
         gate_up = backend.pack(weights_.stacked);
    EXPECT_TRUE(router && down && gate_up);
    const int64_t rows = int64_t(all.size()) / c.cols;
    OnDevice on(backend);
    const auto biases = [&](std::span<const float> values) {
      return c.biases ? on.vector(values) : VectorView();
    };
    const Matrix in = on.matrix(all, rows), out = on.matrix(random_floats(all.size(), 5), rows);
    for (int64_t row = 0; row < rows; row += size) {
      const int64_t count = std::min(size, rows - row);
      backend.moe(
          {.in = in.slice(row, count),
           .norm = c.normed ? std::optional(NormPrologue{on.vector(weights_.norm), 1e-5f}) : std::nullopt,
           .router = router->get(),
           .gate_up = gate_up->get(),
           .down = down->get(),
           .router_bias = biases(weights_.router_bias),
           .gate_up_bias = biases(weights_.gate_up_bias),
           .down_bias = biases(weights_.down_bias),
           .selection_bias = c.selection_bias ? on.vector(weights_.selection_bias) : VectorView(),
           .num_experts = MoeWeights::kExperts,
           .top_k = 2,
           .gating = c.gating,
           .normalize = c.normalize,
           .scale = c.scale,
           .weighs_inputs = c.weighs_inputs,
           .tolerance = c.tolerance_of_logits,
           .groups = c.groups,
           .activation = c.activation,
           .out = out.slice(row, count)});
    }
    return on.read(out);
  }

  const MoeWeights weights_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Cases, Moe, testing::ValuesIn(kMoeCases), [](const auto& info) {
  return std::to_string(info.index) + "_" + std::string(dtype_info(info.param.dtype).name);
});

TEST_P(Moe, AgreesWithTheReference) {
  for (const int64_t tokens : {1, 9, 40}) {
    const std::vector<float> in = random_floats(size_t(tokens * GetParam().cols), 4);
    compare(GetParam().tolerance, [&](Backend& backend) { return run(backend, in, tokens); });
  }
}

TEST_P(Moe, RowsAreAsAlone) {
  const std::vector<float> in = random_floats(size_t(40 * GetParam().cols), 4);
  ThreadPool pool(2);
  for (const std::string& isa : cpu_backend_isas()) {
    auto backend = make_cpu_backend(pool, isa);
    ASSERT_TRUE(backend);
    const std::vector<float> alone = run(**backend, in, 1);
    for (const int64_t size : {7, 40}) EXPECT_EQ(run(**backend, in, size), alone) << isa << " " << size;
  }
}

/// Few rows take all their experts in one task, a lone row without copies of its inputs, many rows expert by
/// expert.
TEST(MoeRows, DoNotDependOnTheirCompany) {
  constexpr int kExperts = 5, kTopK = 3, kCols = 256, kFf = 512;
  constexpr int64_t kTokens = 40;
  const RandomTensor router(DType::kF32, kExperts, kCols, 1);
  RandomTensor gate_up(DType::kQ4_K, kExperts * 2 * kFf, kCols, 10),
      down(DType::kQ4_0, kExperts * kCols, kFf, 30);
  gate_up.view.shape = {kExperts, 2 * kFf, kCols};
  down.view.shape = {kExperts, kCols, kFf};
  const std::vector<float> norm = random_floats(kCols, 2), all = random_floats(size_t(kTokens * kCols), 4);
  for (const std::string& isa : cpu_backend_isas()) {
    std::vector<float> expected;
    for (const int threads : {1, 2, 5}) {
      ThreadPool pool(threads);
      auto backend = make_cpu_backend(pool, isa);
      ASSERT_TRUE(backend);
      auto r = (*backend)->pack(router.view), gu = (*backend)->pack(gate_up.view),
           d = (*backend)->pack(down.view);
      ASSERT_TRUE(r && gu && d);
      for (const int64_t size : {kTokens, int64_t(1), int64_t(7)}) {
        OnDevice on(**backend);
        const Matrix in = on.matrix(all, kTokens), sums = on.matrix(all, kTokens);
        for (int64_t row = 0; row < kTokens; row += size) {
          const int64_t count = std::min(size, kTokens - row);
          (*backend)->moe({.in = in.slice(row, count),
                           .norm = NormPrologue{on.vector(norm), 1e-5f},
                           .router = r->get(),
                           .gate_up = gu->get(),
                           .down = d->get(),
                           .num_experts = kExperts,
                           .top_k = kTopK,
                           .out = sums.slice(row, count)});
        }
        const std::vector<float> out = on.read(sums);
        if (expected.empty()) expected = out;
        EXPECT_EQ(out, expected) << isa << " " << threads << " " << size;
      }
    }
  }
}

}  // namespace
}  // namespace hearth
