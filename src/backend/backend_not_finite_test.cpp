// What is no number, or has no end, shows in all that is computed from it, on every path: nothing turns it
// into a number that looks like others. And it shows in nothing else.

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backend_fixture.h"
#include "backend/backends.h"
#include "quant/format.h"

namespace hearth {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kBad[] = {kNan, -kNan, kInfinity, -kInfinity};

/// Calls body(backend, name) with the reference and every CPU path.
template <typename Body>
void for_each_backend(const Body& body) {
  ThreadPool pool(2);
  body(*make_reference_backend(pool), std::string("reference"));
  for (const std::string& isa : cpu_backend_isas()) body(**make_cpu_backend(pool, isa), isa);
}

/// Demands that the rows of `found` are those of `expected`, but for `bad`, which holds no number.
void expect_only_bad(std::span<const float> found, std::span<const float> expected, int64_t cols,
                     int64_t bad) {
  for (int64_t i = 0; i < int64_t(found.size()); ++i) {
    const float x = found[size_t(i)];
    if (i / cols == bad) {
      ASSERT_FALSE(std::isfinite(x)) << "column " << i % cols << " is " << x;
    } else {
      ASSERT_EQ(x, expected[size_t(i)]) << "row " << i / cols << ", column " << i % cols;
    }
  }
}

class BadInputs : public testing::TestWithParam<DType> {};

std::vector<DType> all_types() {
  std::vector<DType> types;
  for_each_format([&](auto format) { types.push_back(format.dtype); });
  return types;
}

INSTANTIATE_TEST_SUITE_P(Types, BadInputs, testing::ValuesIn(all_types()),
                         [](const auto& info) { return std::string(dtype_info(info.param).name); });

TEST_P(BadInputs, ShowInEveryProduct) {
  constexpr int64_t kRows = 19, kCols = 512;
  RandomTensor stored(GetParam(), kRows, kCols, 1);
  for_each_backend([&](Backend& backend, const std::string& name) {
    auto weight = backend.pack(stored.view);
    ASSERT_TRUE(weight) << weight.error().message;
    for (const int64_t tokens : {1, 5, 36}) {
      std::vector<float> in = random_floats(size_t(tokens * kCols), 4);
      const auto multiply = [&] {
        OnDevice on(backend);
        const Matrix out = on.matrix(tokens, kRows);
        backend.linear({.in = on.matrix(in, tokens), .weight = weight->get(), .out = out});
        return on.read(out);
      };
      const std::vector<float> expected = multiply();
      for (const float bad : kBad) {
        for (const int64_t column : {int64_t{17}, kCols - 1}) {
          SCOPED_TRACE(fmt::format("{}, {} tokens, {} at {}", name, tokens, bad, column));
          const int64_t row = tokens / 2;
          float& at = in[size_t(row * kCols + column)];
          const float before = std::exchange(at, bad);
          const std::vector<float> found = multiply();
          at = before;
          ASSERT_NO_FATAL_FAILURE(expect_only_bad(found, expected, kRows, row));
        }
      }
    }
  });
}

TEST_P(BadInputs, ShowBehindNormsAndGates) {
  constexpr int64_t kCols = 256;
  const RandomTensor stored(GetParam(), 16, kCols, 1);
  const std::vector<float> norm = norm_weights(size_t(kCols), 2);
  for_each_backend([&](Backend& backend, const std::string& name) {
    auto weight = backend.pack(stored.view);
    ASSERT_TRUE(weight);
    OnDevice on(backend);
    const VectorView weights = on.vector(norm);
    const NormPrologue rms{weights, 1e-5f}, layer{weights, 1e-5f, NormKind::kLayer, weights};
    for (const Prologue& prologue :
         {Prologue(GatePrologue{Activation::kSilu}), Prologue(rms), Prologue(layer),
          Prologue(ActivationPrologue{Activation::kGelu}),
          Prologue(ActivationPrologue{Activation::kSquaredRelu}),
          Prologue(GatePrologue{Activation::kSilu, rms}),
          Prologue(ActivationPrologue{Activation::kXielu, {1, 1, 0.5f, -1e-6f}})}) {
      const bool gated = std::holds_alternative<GatePrologue>(prologue);
      const bool activated = std::holds_alternative<ActivationPrologue>(prologue);
      const int64_t width = gated ? 2 * kCols : kCols;
      for (const float bad : kBad) {
        for (const int64_t column : {int64_t{3}, width - 1}) {
          SCOPED_TRACE(fmt::format("{}, prologue {}, {} at {}", name, prologue.index(), bad, column));
          std::vector<float> in = random_floats(size_t(3 * width), 4);
          in[size_t(width + column)] = bad;
          const LinearOp op{
              .in = on.matrix(in, 3), .prologue = prologue, .weight = weight->get(), .out = on.matrix(3, 16)};
          backend.linear(op);
          const std::vector<float> out = on.read(op.out);
          // A gate of minus infinity lets nothing through, whatever stands beside it.
          if ((activated || (gated && column < kCols)) && bad == -kInfinity) continue;
          for (int64_t i = 0; i < 16; ++i) EXPECT_FALSE(std::isfinite(out[size_t(16 + i)])) << i;
          for (int64_t i = 0; i < 16; ++i) EXPECT_TRUE(std::isfinite(out[size_t(i)])) << i;
        }
      }
    }
  });
}

TEST(BadNorms, ASumWithoutEndIsNoNumber) {
  const std::vector<float> weight(64, 1.0f);
  ThreadPool pool(1);
  for (const std::string& isa : cpu_backend_isas()) {
    const auto backend = *make_cpu_backend(pool, isa);
    for (const NormKind kind : {NormKind::kRms, NormKind::kLayer}) {
      std::vector<float> in(64, 1e25f);
      for (size_t i = 0; kind == NormKind::kLayer && i < in.size(); i += 2) in[i] = -1e25f;
      OnDevice on(*backend);
      const Matrix out = on.matrix(1, 64);
      backend->norm({.in = on.matrix(in, 1), .norm = {on.vector(weight), 1e-6f, kind}, .out = out});
      for (const float x : on.read(out)) EXPECT_TRUE(std::isnan(x)) << isa;
    }
  }
}

/// From the position on where a query, a key or a value is none, every row that sees it has none. (A value
/// also shows in rows of the same step that come before it: nothing times no number is none.)
TEST(BadAttention, ShowsWhereItIsSeen) {
  constexpr int kBadPosition = 40, kCols = 4 * 32;
  struct Part {
    const char* name;
    int column;
    bool seen_later, seen_before;
  };
  const Part parts[] = {
      {"query", 5, false, false}, {"key", 4 * 32 + 5, true, false}, {"value", 5 * 32 + 5, true, true}};
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ4_0}) {
    const AttentionCase c{.heads = 4, .kv_heads = 1, .key_dim = 32, .value_dim = 32, .dtype = dtype};
    for_each_backend([&](Backend& backend, const std::string& name) {
      // Beyond a chunk of positions, but for the reference, which is slow.
      const int length = name == "reference" ? 70 : 270;
      const int lengths[] = {length, 37};
      const std::vector<float> good = run_attention(backend, c, lengths, 64);
      for (const Part& part : parts) {
        SCOPED_TRACE(fmt::format("{} {} {}", name, dtype_info(dtype).name, part.name));
        const std::vector<float> bad =
            run_attention(backend, c, lengths, 64, Poison{kBadPosition, part.column, kNan});
        for (int position = 0; position < length + 37; ++position) {
          const bool sees =
              position == kBadPosition || (part.seen_later && position > kBadPosition && position < length);
          if (part.seen_before && position < kBadPosition) continue;
          const auto row = std::span(bad).subspan(size_t(position * kCols), kCols);
          const bool shows = std::ranges::any_of(row, [](float x) { return !std::isfinite(x); });
          ASSERT_EQ(shows, sees) << position;
          if (!sees) {
            ASSERT_TRUE(std::ranges::equal(row, std::span(good).subspan(size_t(position * kCols), kCols)));
          }
        }
      }
    });
  }
}

TEST(BadExperts, ShowThroughTheRouter) {
  constexpr int kExperts = 20, kCols = 72, kFf = 40;
  const RandomTensor router(DType::kF32, kExperts, kCols, 1);
  RandomTensor down(DType::kF32, kExperts * kCols, kFf, 30);
  down.view.shape = {kExperts, kCols, kFf};
  std::vector<RandomTensor> gate_up;
  StoredWeight stored;
  for (uint32_t i = 0; i < 2 * kExperts; ++i) gate_up.emplace_back(DType::kF32, kFf, kCols, 100 + i);
  for (const RandomTensor& one : gate_up) stored.slices.emplace_back(one.view);
  const std::vector<float> norm = norm_weights(kCols, 2);
  for (const Gating gating : {Gating::kSoftmax, Gating::kSigmoid, Gating::kSparseMixer}) {
    for_each_backend([&](Backend& backend, const std::string& name) {
      auto r = backend.pack(router.view);
      auto gu = backend.pack(stored), d = backend.pack(down.view);
      std::vector<float> in = random_floats(2 * kCols, 4);
      in[7] = kNan;
      OnDevice on(backend);
      const Matrix sums = on.matrix(2, kCols);
      backend.moe({.in = on.matrix(in, 2),
                   .norm = NormPrologue{on.vector(norm), 1e-5f},
                   .router = r->get(),
                   .gate_up = gu->get(),
                   .down = d->get(),
                   .num_experts = kExperts,
                   .top_k = 3,
                   .gating = gating,
                   .out = sums});
      const std::vector<float> out = on.read(sums);
      for (int i = 0; i < kCols; ++i) {
        EXPECT_FALSE(std::isfinite(out[size_t(i)])) << name;
        EXPECT_TRUE(std::isfinite(out[size_t(kCols + i)])) << name;
      }
    });
  }
}

/// A weight that is none is refused before anything is computed.
TEST_P(BadInputs, AsWeightsAreRefused) {
  RandomTensor stored(GetParam(), 35, 512, 1);
  const DTypeInfo info = dtype_info(GetParam());
  bool found_one = false;
  // Some byte of a block, with all bits set, makes it none: an exponent.
  for (size_t byte = 0; byte + 1 < std::max<size_t>(info.block_bytes, 2); ++byte) {
    RandomTensor changed = stored;
    const size_t block = changed.bytes.size() - std::max<size_t>(info.block_bytes, 2);
    changed.view.data = changed.bytes;
    changed.bytes[block + byte] = changed.bytes[block + byte + 1] = std::byte{0xff};
    if (!find_not_finite(GetParam(), changed.bytes.data(), 35 * 512)) continue;
    found_one = true;
    for_each_backend([&](Backend& backend, const std::string& name) {
      const auto weight = backend.pack(changed.view);
      ASSERT_FALSE(weight) << name;
      EXPECT_EQ(weight.error().code, ErrorCode::kNotFinite);
    });
    break;
  }
  EXPECT_TRUE(found_one);
}

}  // namespace
}  // namespace hearth
