// Every device and every instruction set against the reference, over generated shapes and types.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backend/backend_fixture.h"
#include "backend/backends.h"
#include "quant/format.h"

namespace hearth {
namespace {

struct ProductCase {
  DType dtype;
  int64_t rows, k;
  double tolerance;
};

class Product : public testing::TestWithParam<ProductCase> {};

TEST_P(Product, AgreesWithTheReference) {
  const auto [dtype, rows, k, tolerance] = GetParam();
  const RandomTensor stored(dtype, rows, k, 1);
  // Where inputs share a scale over a span, a norm with weights around zero takes them past the tolerance.
  const bool spans = dtype_info(dtype).block_size > 32;
  const std::vector<float> norm = spans ? norm_weights(size_t(k), 2) : random_floats(size_t(k), 2);
  const std::vector<float> bias = random_floats(size_t(rows), 3);
  const bool half = dtype == DType::kF16 || dtype == DType::kBF16;
  for (const int64_t tokens : {1, 2, 3, 6, 8, 16, 21, 47, 70}) {
    const auto multiply = [&](Backend& backend) {
      auto weight = backend.pack(stored.view);
      EXPECT_TRUE(weight);
      OnDevice on(backend);
      const Matrix in = on.matrix(random_floats(size_t(tokens * k), 4), tokens),
                   out = on.matrix(random_floats(size_t(tokens * rows), 5), tokens);
      backend.linear({.in = in,
                      .prologue = NormPrologue{on.vector(norm), 1e-5f},
                      .weight = weight->get(),
                      .bias = on.vector(bias),
                      .out = out,
                      .accumulate = true});
      return on.read(out);
    };
    // The matrix unit sums products of half precision in an order of its own.
    compare(tolerance, multiply, half ? "amx" : "");
  }
}

std::string product_name(const testing::TestParamInfo<ProductCase>& info) {
  return std::string(dtype_info(info.param.dtype).name) + "_" + std::to_string(info.param.rows) + "x" +
         std::to_string(info.param.k);
}

std::vector<ProductCase> product_cases() {
  // Float weights differ from the reference only by the order of rounding; eight-bit activations cost about
  // 4e-5, and spans of 128 5e-5.
  std::vector<ProductCase> cases = {{DType::kF32, 40, 50, 1e-12},   {DType::kF16, 33, 50, 1e-12},
                                    {DType::kBF16, 48, 96, 1e-12},  {DType::kBF16, 200, 611, 1e-12},
                                    {DType::kF16, 170, 544, 1e-12}, {DType::kFP8, 200, 608, 1e-12}};
  for_each_format([&](auto format) {
    if (format.block_size == 1) return;
    cases.push_back({format.dtype, 35, 256, 1e-4});
    cases.push_back({format.dtype, 64, format.block_size == 32 ? 576 : 768, 1e-4});
  });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Types, Product, testing::ValuesIn(product_cases()), product_name);

TEST(Linear, AgreesWithTheReferenceOverSlicesOfDifferentTypes) {
  const RandomTensor a(DType::kQ4_0, 20, 64, 1), b(DType::kF32, 7, 64, 2), c(DType::kQ8_0, 33, 64, 3);
  const StoredWeight stored({a.view, b.view, c.view});
  const int32_t picked[] = {4, 0, 2};
  compare(1e-4, [&](Backend& backend) {
    auto weight = backend.pack(stored);
    EXPECT_TRUE(weight);
    OnDevice on(backend);
    const Matrix in = on.matrix(random_floats(5 * 64, 4), 5), out = on.matrix(3, 60);
    backend.linear({.in = in, .weight = weight->get(), .in_rows = on.vector(picked), .out = out});
    return on.read(out);
  });
}

/// Inputs are quantised in blocks for one of the slices, and in spans for another.
TEST(Linear, StacksSlicesThatQuantiseTheirInputsApart) {
  const RandomTensor a(DType::kQ4_K, 20, 512, 1), b(DType::kQ8_0, 33, 512, 2), c(DType::kF32, 7, 512, 3);
  const StoredWeight stored({a.view, b.view, c.view});
  for (const int64_t tokens : {1, 3, 7, 70}) {
    compare(1e-4, [&](Backend& backend) {
      auto weight = backend.pack(stored);
      EXPECT_TRUE(weight);
      OnDevice on(backend);
      const Matrix in = on.matrix(random_floats(size_t(tokens) * 512, 4), tokens),
                   out = on.matrix(tokens, 60);
      backend.linear({.in = in, .weight = weight->get(), .out = out});
      return on.read(out);
    });
  }
}

/// Inputs whose 8-bit values are the largest there are: of one sign, of the other, of both in turns of two
/// inputs, of any.
std::vector<float> largest_inputs(int64_t tokens, int64_t cols) {
  std::mt19937 rng(2);
  std::vector<float> in(size_t(tokens * cols));
  for (size_t i = 0; i < in.size(); ++i) {
    const size_t row = i / size_t(cols), column = i % size_t(cols);
    const bool signs[] = {false, true, column / 2 % 2 == 1, (rng() & 1) == 1};
    in[i] = signs[row % 4] ? -127.0f : 127.0f;
  }
  return in;
}

/// Whatever a file holds, whole numbers of a block or a span stay whole: the largest quants and codes with
/// the largest values.
TEST(Linear, SumsTheLargestNumbersExactly) {
  struct Factors {
    DType dtype;
    std::vector<size_t> offsets;  // of a block's f16 scales
  };
  const Factors all[] = {{DType::kQ4_0, {0}},    {DType::kQ4_1, {0, 2}},   {DType::kQ5_0, {0}},
                         {DType::kQ5_1, {0, 2}}, {DType::kQ8_0, {0}},      {DType::kIQ4_NL, {0}},
                         {DType::kMXFP4, {}},    {DType::kQ2_K, {80, 82}}, {DType::kQ3_K, {108}},
                         {DType::kQ4_K, {0, 2}}, {DType::kQ5_K, {0, 2}},   {DType::kQ6_K, {208}},
                         {DType::kIQ4_XS, {0}},  {DType::kTQ1_0, {52}},    {DType::kTQ2_0, {64}}};
  constexpr int64_t kRows = 18, kCols = 512;
  constexpr auto kMxExponent = std::byte{124};  // 1/16
  std::mt19937 rng(1);
  for (const auto& [dtype, offsets] : all) {
    for (const int fill : {0x00, 0x7f, 0x80, 0xff, -1}) {
      SCOPED_TRACE(std::string(dtype_info(dtype).name) + " " + std::to_string(fill));
      RandomTensor stored(dtype, kRows, kCols, 1);
      for (std::byte& byte : stored.bytes) byte = std::byte(fill < 0 ? rng() : unsigned(fill));
      const size_t block_bytes = dtype_info(dtype).block_bytes;
      for (size_t block = 0; block < stored.bytes.size(); block += block_bytes) {
        for (const size_t offset : offsets) {
          stored.bytes[block + offset] = std::byte{0};
          stored.bytes[block + offset + 1] = std::byte{0x2c};  // 1/16
        }
        if (dtype == DType::kMXFP4) stored.bytes[block] = kMxExponent;
      }
      const std::vector<float> bias(size_t(kRows), 1.0f);
      for (const int64_t tokens : {1, 9, 64}) {
        compare(1e-9, [&](Backend& backend) {
          auto weight = backend.pack(stored.view);
          EXPECT_TRUE(weight);
          OnDevice on(backend);
          const Matrix in = on.matrix(largest_inputs(tokens, kCols), tokens), out = on.matrix(tokens, kRows);
          backend.linear({.in = in, .weight = weight->get(), .bias = on.vector(bias), .out = out});
          return on.read(out);
        });
      }
    }
  }
}

/// Scales and minima of a record go by one unit, whatever their ratio, their signs and zeros.
TEST(Linear, TakesMinimaOfAnySize) {
  constexpr int64_t kRows = 18, kCols = 512;
  // Halves: 0, the least, 1/512, 1/16, -1/16, 1, -2, 32768.
  const uint16_t halves[] = {0, 1, 0x1800, 0x2c00, 0xac00, 0x3c00, 0xc000, 0x7800};
  for (const DType dtype : {DType::kQ4_K, DType::kQ5_K}) {
    for (const uint16_t scale : halves) {
      for (const uint16_t minimum : halves) {
        SCOPED_TRACE(std::string(dtype_info(dtype).name) + " " + std::to_string(scale) + " " +
                     std::to_string(minimum));
        RandomTensor stored(dtype, kRows, kCols, 1);
        for (size_t block = 0; block < stored.bytes.size(); block += dtype_info(dtype).block_bytes) {
          std::memcpy(&stored.bytes[block], &scale, 2);
          std::memcpy(&stored.bytes[block + 2], &minimum, 2);
        }
        for (const int64_t tokens : {2, 64}) {
          compare(1e-4, [&](Backend& backend) {
            auto weight = backend.pack(stored.view);
            EXPECT_TRUE(weight);
            OnDevice on(backend);
            const Matrix in = on.matrix(random_floats(size_t(tokens * kCols), 4), tokens),
                         out = on.matrix(tokens, kRows);
            backend.linear({.in = in, .weight = weight->get(), .out = out});
            return on.read(out);
          });
        }
      }
    }
  }
}

TEST(Linear, GatesItsInput) {
  const RandomTensor stored(DType::kF32, 24, 160, 1);
  for (const Activation activation : {Activation::kSilu, Activation::kGeluTanh, Activation::kClampedSwiglu,
                                      Activation::kGelu, Activation::kSquaredRelu}) {
    for (const int64_t tokens : {1, 6}) {
      compare(1e-11, [&](Backend& backend) {
        auto weight = backend.pack(stored.view);
        EXPECT_TRUE(weight);
        OnDevice on(backend);
        const Matrix in = on.matrix(random_floats(size_t(tokens * 320), 4, 3.0f), tokens),
                     out = on.matrix(tokens, 24);
        backend.linear({.in = in, .prologue = GatePrologue{activation}, .weight = weight->get(), .out = out});
        return on.read(out);
      });
    }
  }
}

TEST(Linear, NormsWhatItGated) {
  const RandomTensor stored(DType::kF32, 24, 160, 1);
  const std::vector<float> weight = norm_weights(160, 2);
  for (const int64_t tokens : {1, 6}) {
    compare(1e-11, [&](Backend& backend) {
      auto packed = backend.pack(stored.view);
      EXPECT_TRUE(packed);
      OnDevice on(backend);
      const Matrix out = on.matrix(tokens, 24);
      backend.linear(
          {.in = on.matrix(random_floats(size_t(tokens * 320), 4, 3.0f), tokens),
           .prologue = GatePrologue{Activation::kSquaredRelu, NormPrologue{on.vector(weight), 1e-5f}},
           .weight = packed->get(),
           .out = out});
      return on.read(out);
    });
  }
}

class RowsAlone : public testing::TestWithParam<DType> {};

INSTANTIATE_TEST_SUITE_P(Types, RowsAlone,
                         testing::Values(DType::kQ4_1, DType::kBF16, DType::kF16, DType::kF32),
                         [](const auto& info) { return std::string(dtype_info(info.param).name); });

TEST_P(RowsAlone, DoNotDependOnTheirCompany) {
  const RandomTensor stored(GetParam(), 80, 576, 1);
  ThreadPool pool(2);
  for (const std::string& isa : cpu_backend_isas()) {
    auto backend = make_cpu_backend(pool, isa);
    ASSERT_TRUE(backend);
    auto weight = (*backend)->pack(stored.view);
    ASSERT_TRUE(weight);
    OnDevice on(**backend);
    const Matrix in = on.matrix(random_floats(64 * 576, 4), 64), together = on.matrix(64, 80);
    (*backend)->linear({.in = in, .weight = weight->get(), .out = together});
    for (const int64_t size : {1, 5, 13}) {
      const Matrix apart = on.matrix(64, 80);
      for (int64_t row = 0; row < 64; row += size) {
        const int64_t count = std::min<int64_t>(size, 64 - row);
        (*backend)->linear(
            {.in = in.slice(row, count), .weight = weight->get(), .out = apart.slice(row, count)});
      }
      EXPECT_EQ(on.read(apart), on.read(together)) << isa << " " << size;
    }
  }
}

class Widths : public testing::TestWithParam<DType> {};

std::vector<DType> block_types() {
  std::vector<DType> types;
  for_each_format([&](auto format) {
    if (format.block_size > 1) types.push_back(format.dtype);
  });
  return types;
}

INSTANTIATE_TEST_SUITE_P(Types, Widths, testing::ValuesIn(block_types()),
                         [](const auto& info) { return std::string(dtype_info(info.param).name); });

/// However many columns a product has: around the widths of tiles, and where kernels take panels apart or
/// begin another pass. Rows and inputs end within a panel and a part of one.
TEST_P(Widths, GiveTheSameBits) {
  constexpr int64_t kRows = 19, kMost = 150;
  const int64_t k = dtype_info(GetParam()).block_size == 32 ? 544 : 768;
  const RandomTensor stored(GetParam(), kRows, k, 1);
  std::vector<float> expected;
  ThreadPool pool(2);
  for (const std::string& isa : cpu_backend_isas()) {
    auto backend = make_cpu_backend(pool, isa);
    ASSERT_TRUE(backend);
    auto weight = (*backend)->pack(stored.view);
    ASSERT_TRUE(weight);
    OnDevice on(**backend);
    const Matrix in = on.matrix(random_floats(size_t(kMost * k), 4), kMost), out = on.matrix(kMost, kRows);
    for (int64_t tokens = kMost; tokens > 0; --tokens) {
      const bool is_edge = tokens <= 17 || (tokens >= 31 && tokens <= 34) || (tokens >= 127 && tokens <= 130);
      if (!is_edge && tokens != kMost) continue;
      (*backend)->linear({.in = in.slice(0, tokens), .weight = weight->get(), .out = out.slice(0, tokens)});
      const std::vector<float> found = on.read(out.slice(0, tokens));
      if (expected.empty()) expected = found;
      ASSERT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0)
          << isa << ", " << tokens << " columns";
    }
  }
}

TEST(Embed, AgreesWithTheReference) {
  for_each_format([](auto format) {
    const RandomTensor stored(format.dtype, 37, 512, 1);
    const int32_t ids[] = {36, 0, 17}, more_ids[] = {4, 36};
    compare(0.0, [&](Backend& backend) {
      auto weight = backend.pack(stored.view);
      EXPECT_TRUE(weight);
      OnDevice on(backend);
      const Matrix out = on.matrix(3, 512);
      backend.embed({.table = weight->get(), .ids = on.vector(ids), .scale = 1.5f, .out = out});
      backend.embed({.table = weight->get(),
                     .ids = on.vector(more_ids),
                     .scale = 0.5f,
                     .out = out.slice(1, 2),
                     .accumulate = true});
      return on.read(out);
    });
  });
}

TEST(Embed, AddsToWhatIsThere) {
  const RandomTensor stored(DType::kBF16, 37, 70, 1);
  const int32_t ids[] = {36, 0, 17};
  for (const size_t rows : {1, 3}) {
    compare(0.0, [&](Backend& backend) {
      auto weight = backend.pack(stored.view);
      EXPECT_TRUE(weight);
      OnDevice on(backend);
      const Matrix out = on.matrix(random_floats(rows * 70, 2), int64_t(rows));
      const VectorView taken = on.vector(std::span(ids).first(rows));
      backend.embed({.table = weight->get(), .ids = taken, .scale = 0.5f, .out = out, .accumulate = true});
      return on.read(out);
    });
  }
}

TEST(RopeAngles, AgreesWithTheReference) {
  const int32_t positions[] = {0, 1, 77, 4095, 131071};
  const std::vector<float> inv_freq = {1.0f, 0.3f, 0.01f, 1e-5f};
  compare(1e-12, [&](Backend& backend) {
    OnDevice on(backend);
    const Matrix out = on.matrix(5, 8);
    backend.rope_angles(
        {on.vector(positions), on.vector(inv_freq), 1.2f, out.columns(0, 4), out.columns(4, 4)});
    return on.read(out);
  });
}

/// Of the queries, which stay where they are; what the cache holds shows in attention alone.
TEST(RopeAppend, AgreesWithTheReference) {
  constexpr int kHeads = 3, kDim = 20, kWidth = (kHeads + 2) * kDim, kRows = 7;
  const std::vector<float> norm = norm_weights(kDim, 1);
  const int32_t table[] = {1, 0};
  const SequenceRows sequence{.first_row = 0, .num_rows = kRows, .first_position = 29, .block_table = table};
  for (const RopeLayout layout : {RopeLayout::kPairs, RopeLayout::kHalves}) {
    for (const int rotary_dim : {kDim, 12}) {
      const bool is_partial = rotary_dim < kDim;
      compare(1e-12, [&](Backend& backend) {
        const KvShape shape{DType::kF16, 1, kDim, kDim};
        const size_t block_bytes = backend.kv_block_bytes(shape);
        const auto half = size_t(rotary_dim / 2);
        OnDevice on(backend);
        const Matrix in = on.matrix(random_floats(size_t(kRows * kWidth), 2), kRows);
        backend.rope_append(
            {.qkv = in,
             .num_heads = kHeads,
             .q_norm = on.vector(norm),
             .k_norm = on.vector(norm),
             .norm_eps = 1e-6f,
             .norm_last = is_partial,
             .clip = is_partial ? 0.8f : 0.0f,
             .query_scaling = {.beta = rotary_dim < kDim ? 0.3f : 0.0f, .length = 3, .first = 1},
             .layout = layout,
             .cos = on.matrix(random_floats(kRows * half, 3), kRows),
             .sin = on.matrix(random_floats(kRows * half, 4), kRows),
             .kv = {on.blocks(2 * block_bytes), block_bytes, shape},
             .sequences = on.sequences({&sequence, 1})});
        const std::vector<float> qkv = on.read(in);
        std::vector<float> queries;
        for (int row = 0; row < kRows; ++row) {
          queries.insert(queries.end(), qkv.begin() + row * kWidth,
                         qkv.begin() + row * kWidth + kHeads * kDim);
        }
        return queries;
      });
    }
  }
}

const AttentionCase kAttentionCases[] = {
    {.heads = 9, .kv_heads = 3, .key_dim = 64, .value_dim = 64, .dtype = DType::kF16},
    {.heads = 4,
     .kv_heads = 4,
     .key_dim = 16,
     .value_dim = 16,
     .dtype = DType::kF32,
     .layout = RopeLayout::kPairs},
    {.heads = 6,
     .kv_heads = 1,
     .key_dim = 32,
     .value_dim = 24,
     .dtype = DType::kF32,
     .window = 50,
     .sinks = true},
    {.heads = 20,
     .kv_heads = 1,
     .key_dim = 32,
     .value_dim = 32,
     .dtype = DType::kF16,
     .softcap = 20.0f,
     .norms = true},
    {.heads = 14, .kv_heads = 2, .key_dim = 64, .value_dim = 64, .dtype = DType::kBF16, .sinks = true},
    {.heads = 4,
     .kv_heads = 2,
     .key_dim = 32,
     .value_dim = 32,
     .dtype = DType::kF16,
     .window = 48,
     .is_chunked = true},
    // Queries meet quantised keys as 8-bit integers.
    {.heads = 9, .kv_heads = 3, .key_dim = 64, .value_dim = 64, .dtype = DType::kQ8_0, .tolerance = 1e-3},
    {.heads = 6,
     .kv_heads = 1,
     .key_dim = 80,
     .value_dim = 48,
     .dtype = DType::kQ8_0,
     .window = 70,
     .softcap = 30.0f,
     .tolerance = 1e-3,
     .sinks = true},
    {.heads = 4, .kv_heads = 2, .key_dim = 64, .value_dim = 128, .dtype = DType::kQ4_0, .tolerance = 1e-3},
    {.heads = 3,
     .kv_heads = 1,
     .key_dim = 24,
     .value_dim = 40,
     .dtype = DType::kQ4_0,
     .layout = RopeLayout::kPairs,
     .tolerance = 1e-3},
    {.heads = 6, .kv_heads = 2, .key_dim = 32, .value_dim = 32, .dtype = DType::kF16, .alibi = true},
    {.heads = 6,
     .kv_heads = 3,
     .key_dim = 32,
     .value_dim = 32,
     .dtype = DType::kF32,
     .norms = true,
     .alibi = true,
     .norm_last = true,
     .clip = 0.7f},
    {.heads = 20,
     .kv_heads = 20,
     .key_dim = 16,
     .value_dim = 16,
     .dtype = DType::kF16,
     .window = 50,
     .softcap = 20.0f,
     .sinks = true,
     .alibi = true},
    {.heads = 5,
     .kv_heads = 1,
     .key_dim = 64,
     .value_dim = 64,
     .dtype = DType::kQ8_0,
     .tolerance = 1e-3,
     .alibi = true,
     .clip = 1.0f},
};

class Attention : public testing::TestWithParam<AttentionCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, Attention, testing::ValuesIn(kAttentionCases), [](const auto& info) {
  return std::to_string(info.index) + "_" + std::string(dtype_info(info.param.dtype).name);
});

/// Whether the processor is emulated, where an hour of steps would show nothing that a few do not.
bool is_emulated() { return std::getenv("HEARTH_TEST_EMULATED") != nullptr; }

TEST_P(Attention, AgreesWithTheReference) {
  for (const int step : {1, 37, 600}) {
    const int lengths[] = {step == 1 ? 70 : is_emulated() ? 270 : 530, 33};
    compare(GetParam().tolerance,
            [&](Backend& backend) { return run_attention(backend, GetParam(), lengths, step); });
  }
}

TEST_P(Attention, RowsDoNotDependOnChunksOrCompany) {
  ThreadPool pool(2);
  // The others are bit-equal to these above.
  const std::vector<std::string> isas = cpu_backend_isas();
  for (const std::string& isa : std::set<std::string>{isas[isas.size() > 1 ? 1 : 0], isas.back()}) {
    auto backend = make_cpu_backend(pool, isa);
    ASSERT_TRUE(backend);
    const int length = is_emulated() ? 280 : 700;
    const int alone[] = {length}, both[] = {length, 3 * length / 7};
    const std::vector<float> whole = run_attention(**backend, GetParam(), alone, 700);
    for (const int step : {1, 7, 256, 333}) {
      if (step == 1 && is_emulated()) continue;
      std::vector<float> found = run_attention(**backend, GetParam(), both, step);
      found.resize(whole.size());
      EXPECT_EQ(std::memcmp(found.data(), whole.data(), whole.size() * sizeof(float)), 0)
          << isa << " " << step;
    }
  }
}

const AttentionCase kBidirectionalCases[] = {
    {.heads = 3, .kv_heads = 3, .key_dim = 32, .value_dim = 32, .dtype = DType::kF32, .causal = false},
    {.heads = 4,
     .kv_heads = 4,
     .key_dim = 24,
     .value_dim = 24,
     .dtype = DType::kF32,
     .causal = false,
     .alibi = true},
    {.heads = 6,
     .kv_heads = 2,
     .key_dim = 64,
     .value_dim = 64,
     .dtype = DType::kF32,
     .window = 65,
     .norms = true,
     .causal = false},
    {.heads = 3,
     .kv_heads = 1,
     .key_dim = 32,
     .value_dim = 16,
     .dtype = DType::kF16,
     .window = 1,
     .sinks = true,
     .causal = false},
};

class BidirectionalAttention : public testing::TestWithParam<AttentionCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, BidirectionalAttention, testing::ValuesIn(kBidirectionalCases),
                         [](const auto& info) { return std::to_string(info.index); });

TEST_P(BidirectionalAttention, AgreesWithTheReference) {
  const int lengths[] = {33, is_emulated() ? 270 : 530, 1, 16, 256};
  compare(GetParam().tolerance,
          [&](Backend& backend) { return run_attention(backend, GetParam(), lengths, 600); });
}

TEST_P(BidirectionalAttention, SequencesDoNotDependOnTheirCompany) {
  ThreadPool pool(2);
  const auto backend = make_cpu_backend(pool, "");
  ASSERT_TRUE(backend);
  const int alone[] = {300}, together[] = {300, 45, 511, 2};
  const std::vector<float> whole = run_attention(**backend, GetParam(), alone, 600);
  std::vector<float> found = run_attention(**backend, GetParam(), together, 600);
  found.resize(whole.size());
  EXPECT_EQ(std::memcmp(found.data(), whole.data(), whole.size() * sizeof(float)), 0);
}

/// What stands last changes what came before, within the window and not beyond.
TEST_P(BidirectionalAttention, SeesWhatFollows) {
  ThreadPool pool(1);
  const auto backend = make_cpu_backend(pool, "");
  ASSERT_TRUE(backend);
  constexpr int kLength = 300;
  const AttentionCase& c = GetParam();
  const auto width = size_t(c.heads * c.value_dim);
  const int last_value = c.heads * c.key_dim + c.kv_heads * (c.key_dim + c.value_dim) - 1;
  // Large enough to show where the weight is next to nothing.
  const float value = c.dtype == DType::kF16 ? 1e4f : 1e12f;
  const std::vector<float> plain = run_attention(**backend, c, {&kLength, 1}, 600);
  const std::vector<float> changed =
      run_attention(**backend, c, {&kLength, 1}, 600, Poison{kLength - 1, last_value, value});
  const int first_seer = c.window > 0 ? kLength - c.window : 0;
  for (int row = 0; row < kLength; ++row) {
    const size_t last_column = size_t(row + 1) * width - 1;
    EXPECT_EQ(plain[last_column] != changed[last_column], row >= first_seer) << row;
  }
}

/// Decodes one row each for sequences of the given lengths that begin with the same tokens, with the blocks
/// of the first `shared_blocks` either shared or each sequence's own copy.
std::vector<float> run_shared(Backend& backend, const AttentionCase& c, std::span<const int> lengths,
                              int shared_blocks, bool is_shared) {
  const KvShape shape{c.dtype, c.kv_heads, c.key_dim, c.value_dim};
  const size_t block_bytes = backend.kv_block_bytes(shape);
  const int blocks_each = *std::ranges::max_element(lengths) / kKvBlockTokens + 1;
  OnDevice on(backend);
  const KvLayer layer{on.blocks(block_bytes * size_t(blocks_each) * lengths.size()), block_bytes, shape};
  const int width = c.heads * c.key_dim + c.kv_heads * (c.key_dim + c.value_dim);
  std::vector<std::vector<int32_t>> tables(lengths.size());
  const auto append = [&](std::span<const float> values, const BatchSequences& sequences) {
    const int64_t rows = int64_t(values.size()) / width;
    const Matrix qkv = on.matrix(values, rows), sin = on.matrix(rows, c.key_dim / 2);
    const std::vector<float> ones(size_t(rows * sin.cols), 1.0f);
    backend.rope_append({.qkv = qkv,
                         .num_heads = c.heads,
                         .layout = c.layout,
                         .cos = on.matrix(ones, rows),
                         .sin = sin,
                         .kv = layer,
                         .sequences = sequences});
    return qkv;
  };
  for (size_t s = 0; s < lengths.size(); ++s) {
    for (int b = 0; b < blocks_each; ++b) {
      const size_t owner = is_shared && b < shared_blocks ? 0 : s;
      tables[s].push_back(int32_t(size_t(b) * lengths.size() + owner));
    }
    std::vector<float> qkv;
    for (int p = 0; p < lengths[s] - 1; ++p) {
      const bool common = p < shared_blocks * kKvBlockTokens;
      const std::vector<float> row =
          random_floats(size_t(width), uint32_t(common ? p : p + 5000 * int(s + 1)));
      qkv.insert(qkv.end(), row.begin(), row.end());
    }
    const SequenceRows filled{0, lengths[s] - 1, 0, tables[s]};
    append(qkv, on.sequences({&filled, 1}));
  }
  std::vector<SequenceRows> rows;
  for (size_t s = 0; s < lengths.size(); ++s) rows.push_back({int32_t(s), 1, lengths[s] - 1, tables[s]});
  const BatchSequences sequences = on.sequences(rows);
  const Matrix qkv = append(random_floats(lengths.size() * size_t(width), 77), sequences);
  const Matrix out = on.matrix(qkv.rows, c.heads * c.value_dim);
  backend.attention({.q = qkv.columns(0, c.heads * c.key_dim),
                     .num_heads = c.heads,
                     .scale = 0.3f,
                     .softcap = c.softcap,
                     .window = c.window,
                     .is_chunked = c.is_chunked,
                     .sinks = c.sinks ? on.vector(sink_scores(c)) : VectorView(),
                     .alibi_slopes = c.alibi ? on.vector(alibi_slopes(c)) : VectorView(),
                     .kv = layer,
                     .sequences = sequences,
                     .out = out});
  return on.read(out);
}

TEST_P(Attention, SharedBlocksChangeNothing) {
  // Two end just after what all share.
  const int all[] = {700, 531, 600, 520, 1000, 513, 777, 1021, 530, 540, 550, 560};
  const auto lengths = std::span(all).first(is_emulated() ? 3 : std::size(all));
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    auto backend = make_cpu_backend(pool, "");
    ASSERT_TRUE(backend);
    const std::vector<float> apart = run_shared(**backend, GetParam(), lengths, 16, false);
    const std::vector<float> shared = run_shared(**backend, GetParam(), lengths, 16, true);
    EXPECT_EQ(std::memcmp(apart.data(), shared.data(), apart.size() * sizeof(float)), 0) << threads;
  }
}

/// Whether a test of the operation's suite says that it compares with the reference.
bool is_compared(std::string_view operands) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    std::string_view name = suite.name();
    name.remove_prefix(name.find('/') == name.npos ? 0 : name.find('/') + 1);
    if (fmt::format("{}Op", name) != operands) continue;
    for (int t = 0; t < suite.total_test_count(); ++t) {
      if (std::string_view(suite.GetTestInfo(t)->name()).starts_with("AgreesWithTheReference")) return true;
    }
  }
  return false;
}

TEST(Conformance, ComparesEveryOperation) {
#define HEARTH_EXPECT_COMPARED(function, Operands) EXPECT_TRUE(is_compared(#Operands)) << #Operands;
  HEARTH_OPS(HEARTH_EXPECT_COMPARED)
#undef HEARTH_EXPECT_COMPARED
  EXPECT_FALSE(is_compared("UnknownOp"));
}

TEST(CpuBackend, RefusesWhatItDoesNotKnow) {
  ThreadPool pool(1);
  const auto unknown = make_cpu_backend(pool, "sse9");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace hearth
