// Products of groups of columns against the reference.

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backend/backend_fixture.h"
#include "backend/backends.h"

namespace hearth {
namespace {

TEST(GroupedLinear, AgreesWithTheReference) {
  struct Case {
    DType dtype;
    int groups;
    int64_t n, k, rest;
    double tolerance;
  };
  for (const auto& [dtype, groups, n, k, rest, tolerance] :
       {Case{DType::kF32, 3, 24, 20, 8, 1e-12}, Case{DType::kF32, 5, 7, 33, 0, 1e-12},
        Case{DType::kQ8_0, 4, 40, 64, 6, 1e-4}}) {
    RandomTensor stored(dtype, groups * n, k, 1);
    stored.view.shape = {groups, n, k};
    for (const int64_t rows : {1, 3, 16, 17, 70}) {
      SCOPED_TRACE(fmt::format("{} groups of {}, {} rows", groups, dtype_info(dtype).name, rows));
      compare(tolerance, [&](Backend& backend) {
        auto weight = backend.pack(stored.view);
        EXPECT_TRUE(weight);
        OnDevice on(backend);
        const Matrix out = on.matrix(rows, groups * (rest + n));
        backend.grouped_linear({.in = on.matrix(random_floats(size_t(rows * groups * (k + rest)), 4), rows),
                                .weight = weight->get(),
                                .num_groups = groups,
                                .out = out});
        return on.read(out);
      });
    }
  }
}

TEST(GroupedLinear, RowsAreAsAlone) {
  constexpr int64_t kRows = 40, kGroups = 3, kN = 24, kK = 64, kRest = 4;
  constexpr int64_t kIn = kGroups * (kK + kRest), kOut = kGroups * (kRest + kN);
  RandomTensor stored(DType::kQ4_0, kGroups * kN, kK, 1);
  stored.view.shape = {kGroups, kN, kK};
  ThreadPool pool(2);
  for (const std::string& isa : cpu_backend_isas()) {
    auto backend = make_cpu_backend(pool, isa);
    ASSERT_TRUE(backend);
    auto weight = (*backend)->pack(stored.view);
    ASSERT_TRUE(weight);
    OnDevice on(**backend);
    const Matrix in = on.matrix(random_floats(size_t(kRows * kIn), 4), kRows);
    std::vector<float> together;
    for (const int64_t size : {kRows, int64_t{1}, int64_t{7}}) {
      const Matrix out = on.matrix(kRows, kOut);
      for (int64_t row = 0; row < kRows; row += size) {
        const int64_t count = std::min(size, kRows - row);
        (*backend)->grouped_linear({.in = in.slice(row, count),
                                    .weight = weight->get(),
                                    .num_groups = kGroups,
                                    .out = out.slice(row, count)});
      }
      if (together.empty()) together = on.read(out);
      EXPECT_EQ(on.read(out), together) << isa << " " << size;
    }
  }
}

}  // namespace
}  // namespace hearth
