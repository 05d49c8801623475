// Norms and activations against the reference: by themselves, and before a product.

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backend_fixture.h"
#include "backend/backends.h"

namespace hearth {
namespace {

TEST(Norm, AgreesWithTheReference) {
  const std::vector<float> weight = random_floats(70, 1), bias = random_floats(70, 5);
  std::vector<float> values = random_floats(3 * 70, 2);
  for (float& x : values) x += 2.0f;  // a mean that matters
  for (const bool has_bias : {false, true}) {
    for (const NormKind kind : {NormKind::kRms, NormKind::kLayer}) {
      if (has_bias && kind == NormKind::kRms) continue;
      for (const bool accumulate : {false, true}) {
        compare(1e-11, [&](Backend& backend) {
          OnDevice on(backend);
          const NormPrologue norm{on.vector(weight), 1e-6f, kind, has_bias ? on.vector(bias) : VectorView()};
          const Matrix out = on.matrix(random_floats(3 * 70, 3), 3);
          backend.norm({on.matrix(values, 3), norm, out, accumulate});
          return on.read(out);
        });
      }
    }
  }
}

TEST(Norm, WorksInPlace) {
  const std::vector<float> weight = random_floats(70, 1);
  for (const NormKind kind : {NormKind::kRms, NormKind::kLayer}) {
    compare(1e-11, [&](Backend& backend) {
      OnDevice on(backend);
      const Matrix both = on.matrix(random_floats(3 * 70, 2), 3);
      backend.norm({.in = both, .norm = {on.vector(weight), 1e-6f, kind}, .out = both});
      return on.read(both);
    });
  }
}

TEST(ScaleColumns, AgreesWithTheReference) {
  const std::vector<float> factors = random_floats(70, 1);
  for (const int64_t rows : {1, 3}) {
    compare(1e-14, [&](Backend& backend) {
      OnDevice on(backend);
      const Matrix values = on.matrix(random_floats(size_t(rows * 90), 2), rows);
      backend.scale_columns({values.columns(10, 70), on.vector(factors)});
      return on.read(values);
    });
  }
}

TEST(Linear, NormsItsInputByMeanAndVariance) {
  const RandomTensor stored(DType::kF32, 24, 70, 1);
  const std::vector<float> weight = norm_weights(70, 2), bias = random_floats(70, 5);
  for (const int64_t tokens : {1, 6}) {
    compare(1e-11, [&](Backend& backend) {
      auto packed = backend.pack(stored.view);
      EXPECT_TRUE(packed);
      OnDevice on(backend);
      const Matrix out = on.matrix(tokens, 24);
      backend.linear({.in = on.matrix(random_floats(size_t(tokens * 70), 4), tokens),
                      .prologue = NormPrologue{on.vector(weight), 1e-5f, NormKind::kLayer, on.vector(bias)},
                      .weight = packed->get(),
                      .out = out});
      return on.read(out);
    });
  }
}

TEST(Linear, ActivatesItsInput) {
  constexpr int64_t kCols = 163;  // the last vector is not full
  const RandomTensor stored(DType::kF32, 24, kCols, 1);
  for (const Activation activation :
       {Activation::kSilu, Activation::kGeluTanh, Activation::kGelu, Activation::kSquaredRelu}) {
    for (const int64_t tokens : {1, 6}) {
      compare(1e-11, [&](Backend& backend) {
        auto weight = backend.pack(stored.view);
        EXPECT_TRUE(weight);
        OnDevice on(backend);
        const Matrix out = on.matrix(tokens, 24);
        backend.linear({.in = on.matrix(random_floats(size_t(tokens * kCols), 4, 3.0f), tokens),
                        .prologue = ActivationPrologue{activation},
                        .weight = weight->get(),
                        .out = out});
        return on.read(out);
      });
    }
  }
}

TEST(Linear, ActivatesItsInputByXielu) {
  constexpr int64_t kCols = 163;
  const RandomTensor stored(DType::kF32, 24, kCols, 1);
  const ActivationPrologue xielu{Activation::kXielu,
                                 {.alpha_p = 0.8f, .alpha_n = 1.3f, .beta = 0.5f, .eps = -1e-6f}};
  for (const float spread : {0.01f, 3.0f, 60.0f}) {
    for (const int64_t tokens : {1, 6}) {
      compare(1e-11, [&](Backend& backend) {
        auto weight = backend.pack(stored.view);
        EXPECT_TRUE(weight);
        OnDevice on(backend);
        const Matrix out = on.matrix(tokens, 24);
        backend.linear({.in = on.matrix(random_floats(size_t(tokens * kCols), 4, spread), tokens),
                        .prologue = xielu,
                        .weight = weight->get(),
                        .out = out});
        return on.read(out);
      });
    }
  }
}

/// Each value by itself: far out, where little is left of it, as well as about zero.
TEST(Linear, GeluIsExactInItsTails) {
  constexpr int kValues = 1024;
  std::vector<float> in(kValues);
  for (int i = 0; i < kValues; ++i) in[size_t(i)] = (float(i) / kValues - 0.5f) * 20.0f;
  std::vector<float> one(1, 1.0f);
  const TensorView unit{.dtype = DType::kF32, .shape = {1, 1}, .data = std::as_bytes(std::span(one))};
  ThreadPool pool(1);
  for (const std::string& isa : cpu_backend_isas()) {
    auto backend = make_cpu_backend(pool, isa);
    ASSERT_TRUE(backend);
    auto weight = (*backend)->pack(unit);
    ASSERT_TRUE(weight);
    OnDevice on(**backend);
    const Matrix products = on.matrix(kValues, 1);
    (*backend)->linear({.in = on.matrix(in, kValues),
                        .prologue = ActivationPrologue{Activation::kGelu},
                        .weight = weight->get(),
                        .out = products});
    const std::vector<float> out = on.read(products);
    for (int i = 0; i < kValues; ++i) {
      const double x = in[size_t(i)], exact = 0.5 * x * std::erfc(-x / std::sqrt(2.0));
      EXPECT_NEAR(out[size_t(i)], exact, 4e-6 * std::abs(exact)) << isa << ", x = " << x;
    }
  }
}

}  // namespace
}  // namespace hearth
