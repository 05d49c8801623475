#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backend_fixture.h"
#include "tensor/testing/stored_forms.h"

// What a weight computes does not depend on how files hold it.

namespace hearth {
namespace {

/// Products of five rows with a weight of 64 columns.
std::vector<float> product_with(Backend& backend, const StoredWeight& stored) {
  auto weight = backend.pack(stored);
  EXPECT_TRUE(weight);
  OnDevice on(backend);
  const Matrix in = on.matrix(random_floats(size_t(5 * stored.cols()), 4), 5),
               out = on.matrix(5, stored.rows());
  backend.linear({.in = in, .weight = weight->get(), .out = out});
  return on.read(out);
}

TEST(StoredWeights, GiveTheSameProductsHoweverFilesHoldThem) {
  ThreadPool pool(2);
  const RandomTensor plain(DType::kBF16, 70, 64, 1), blocks(DType::kMXFP4, 70, 64, 2),
      scaled(DType::kFP8, 70, 64, 3);
  const OwnedTensor columns = as_columns(plain.view), planes = as_mxfp4_planes(blocks.view),
                    codes = as_scaled_codes(scaled.view);
  std::vector<std::unique_ptr<Backend>> backends;
  backends.push_back(make_reference_backend(pool));
  for (const std::string& isa : cpu_backend_isas()) backends.push_back(*make_cpu_backend(pool, isa));
  for (const auto& backend : backends) {
    SCOPED_TRACE(backend->name());
    for (const auto& [rows, other] :
         {std::pair(plain.view, columns.tensor), std::pair(blocks.view, planes.tensor),
          std::pair(scaled.view, codes.tensor)}) {
      EXPECT_EQ(product_with(*backend, other), product_with(*backend, rows));
      EXPECT_EQ((*backend->plan_weight(other))->bytes(), (*backend->plan_weight(rows))->bytes());
      // Even rows above odd ones.
      StoredTensor even = other, odd = other;
      even.shape = odd.shape = {35, 64};
      even.row_order = {.pitch = 2};
      odd.row_order = {.first = 1, .pitch = 2};
      StoredTensor swapped(rows);
      swapped.row_order = {.a = 35, .b = 2};
      const std::vector<float> expected = product_with(*backend, swapped);
      EXPECT_EQ(product_with(*backend, StoredWeight({even, odd})), expected);
      EXPECT_NE(product_with(*backend, rows), expected);
    }
  }
}

TEST(StoredWeights, AreRefusedWhereOneIsNoNumber) {
  ThreadPool pool(2);
  RandomTensor plain(DType::kF32, 70, 64, 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(plain.bytes.data() + (33 * 64 + 7) * sizeof(float), &nan, sizeof(nan));
  const OwnedTensor columns = as_columns(plain.view);
  for (const bool is_reference : {true, false}) {
    const auto backend = is_reference ? make_reference_backend(pool) : *make_cpu_backend(pool, "");
    const auto weight = backend->pack(columns.tensor);
    ASSERT_FALSE(weight);
    EXPECT_EQ(weight.error().code, ErrorCode::kNotFinite);
    StoredTensor even = columns.tensor;
    even.shape = {35, 64};
    even.row_order = {.pitch = 2};
    EXPECT_TRUE(backend->pack(even)) << "the value is in an odd row";
  }
}

}  // namespace
}  // namespace hearth
