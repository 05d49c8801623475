#include "tensor/row_reader.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/testing/stored_forms.h"

namespace hearth {
namespace {

using testing::ElementsAre;

/// Values 0, 1, 2, ... as `dtype`.
struct Counted {
  Counted(DType dtype, const Shape& shape) {
    const DTypeInfo info = dtype_info(dtype);
    std::vector<float> values(size_t(shape.size()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(i);
    bytes.resize(values.size() / info.block_size * info.block_bytes);
    encode_blocks(dtype, values.data(), shape.size(), bytes.data());
    view = {.dtype = dtype, .shape = shape, .data = bytes};
  }
  std::vector<std::byte> bytes;
  TensorView view;
};

std::vector<float> decoded(const TensorView& view) {
  std::vector<float> values(size_t(view.shape.size()));
  decode_blocks(view.dtype, view.data.data(), view.shape.size(), values.data());
  return values;
}

TEST(RowOrderTest, SwapsAxesOfTheRows) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < 12; ++row) rows.push_back(RowOrder{.a = 2, .b = 3}.stored_row(row));
  EXPECT_THAT(rows, ElementsAre(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11));
  EXPECT_FALSE((RowOrder{.a = 2, .b = 3}).is_contiguous());
  const RowOrder parts{.a = 2, .b = 2, .first = 1, .taken = 4, .pitch = 6};
  rows.clear();
  for (int64_t row = 0; row < 8; ++row) rows.push_back(parts.stored_row(row));
  EXPECT_EQ(rows, (std::vector<int64_t>{1, 3, 2, 4, 7, 9, 8, 10})) << "four of every six";
  EXPECT_FALSE((RowOrder{.taken = 2, .pitch = 3}).is_contiguous());
  EXPECT_EQ((RowOrder{.first = 1, .taken = 2, .pitch = 3}).stored_range(2, 4),
            std::pair(int64_t{4}, int64_t{7}));
  EXPECT_TRUE((RowOrder{.a = 2, .b = 1, .first = 5}).is_contiguous());
  EXPECT_EQ((RowOrder{.first = 1, .pitch = 2}).stored_row(3), 7);
}

TEST(RowReaderTest, ReadsRowsWhereTheyLie) {
  const Counted counted(DType::kF16, {4, 3});
  const StoredTensor tensor(counted.view);
  RowReader reader(tensor);
  EXPECT_EQ(reader.row_bytes(), 6u);
  EXPECT_EQ(reader.read(2, 2), counted.view.data.data() + 12);
}

TEST(RowReaderTest, ReadsEveryOtherRow) {
  const Counted counted(DType::kF32, {6, 2});
  StoredTensor tensor(counted.view);
  tensor.shape = {3, 2};
  tensor.row_order = {.first = 1, .pitch = 2};
  EXPECT_THAT(decode_tensor(tensor), ElementsAre(2, 3, 6, 7, 10, 11));
}

TEST(RowReaderTest, ReadsRowsOfEachMatrix) {
  // Two matrices of four rows, of which the last two are the tensor's.
  const Counted counted(DType::kF32, {2, 4, 1});
  StoredTensor tensor(counted.view);
  tensor.shape = {2, 2, 1};
  tensor.row_order = {.first = 2};
  EXPECT_EQ(tensor.num_matrices(), 2);
  EXPECT_THAT(decode_tensor(tensor), ElementsAre(2, 3, 6, 7));
  EXPECT_THAT(decode_tensor(tensor.matrix(1)), ElementsAre(6, 7));
}

TEST(RowReaderTest, ReadsColumns) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    const Counted counted(dtype, {37, 6});
    OwnedTensor columns = as_columns(counted.view);
    EXPECT_EQ(decode_tensor(columns.tensor), decoded(counted.view));
    columns.tensor.shape = {18, 6};
    columns.tensor.row_order = {.first = 1, .pitch = 2};
    const std::vector<float> odd = decode_tensor(columns.tensor);
    EXPECT_EQ(std::vector(odd.begin(), odd.begin() + 6), (std::vector<float>{6, 7, 8, 9, 10, 11}));
  }
}

TEST(RowReaderTest, ReadsMxfp4FromItsPlanes) {
  const Counted counted(DType::kMXFP4, {5, 96});
  const OwnedTensor planes = as_mxfp4_planes(counted.view);
  RowReader reader(planes.tensor);
  ASSERT_EQ(reader.row_bytes(), 3 * sizeof(MXFP4::Block));
  EXPECT_EQ(std::memcmp(reader.read(0, 5), counted.bytes.data(), counted.bytes.size()), 0);
  EXPECT_EQ(std::memcmp(reader.read(3, 1), counted.bytes.data() + 3 * reader.row_bytes(), reader.row_bytes()),
            0);
  StoredTensor every_other = planes.tensor;
  every_other.shape = {2, 96};
  every_other.row_order = {.first = 1, .pitch = 2};
  RowReader other(every_other);
  EXPECT_EQ(std::memcmp(other.read(1, 1), counted.bytes.data() + 3 * reader.row_bytes(), reader.row_bytes()),
            0);
}

/// MXFP4 as its specification has it (OCP Microscaling 1.0): E2M1 codes, the first in the low half, and a
/// power of two above 2^-127.
TEST(RowReaderTest, ReadsMxfp4AsSpecified) {
  std::vector<std::byte> codes(16), exponents{std::byte(128)};
  codes[0] = std::byte(0x92);   // 0.5 * 2, -0.5
  codes[15] = std::byte(0x7f);  // -6, 6
  StoredTensor tensor;
  tensor.dtype = DType::kMXFP4;
  tensor.shape = {1, 32};
  tensor.layout = WeightLayout::kMxfp4Planes;
  tensor.planes = {{.dtype = DType::kU8, .shape = {16}, .data = codes},
                   {.dtype = DType::kU8, .shape = {1}, .data = exponents}};
  std::vector<float> expected(32);
  expected[0] = 2, expected[1] = -1, expected[30] = -12, expected[31] = 12;
  EXPECT_EQ(decode_tensor(tensor), expected);
}

TEST(RowReaderTest, ReadsScaledCodesAsBlocks) {
  const Counted counted(DType::kFP8, {5, 96});
  const OwnedTensor codes = as_scaled_codes(counted.view);
  RowReader reader(codes.tensor);
  ASSERT_EQ(reader.row_bytes(), 3 * sizeof(FP8::Block));
  EXPECT_EQ(std::memcmp(reader.read(0, 5), counted.bytes.data(), counted.bytes.size()), 0);
}

/// Blocks of 3 rows and 64 columns over 7 rows and 96 columns; rows in an order of their own.
TEST(RowReaderTest, FindsTheScaleOfEveryCode) {
  constexpr uint8_t kOne = 0x38, kTwo = 0x40;
  std::vector<std::byte> codes(size_t(7) * 96, std::byte(kOne));
  codes[size_t(6) * 96 + 95] = std::byte(kTwo | 0x80);
  const std::vector<float> scales = {1, 2, 3, 4, 5, 6};
  for (const DType dtype : {DType::kFP8, DType::kF32}) {
    OwnedTensor owned = scaled_codes(dtype, codes, scales, {7, 96}, {3, 64});
    const std::vector<float> all = decode_tensor(owned.tensor);
    for (size_t i = 0; i + 1 < all.size(); ++i) {
      const size_t block = i / 96 / 3 * 2 + i % 96 / 64;
      ASSERT_EQ(all[i], scales[block]) << "row " << i / 96 << ", column " << i % 96;
    }
    EXPECT_EQ(all.back(), -12.0f);
    owned.tensor.shape = {3, 96};
    owned.tensor.row_order = {.first = 1, .taken = 1, .pitch = 2};
    const std::vector<float> odd = decode_tensor(owned.tensor);
    EXPECT_EQ(odd[0], 1.0f);
    EXPECT_EQ(odd[96], 3.0f);
    EXPECT_EQ(odd[2 * 96 + 95], 4.0f);
    EXPECT_EQ(place_in_file(owned.tensor, 2 * 96 + 95).row, 5);
    EXPECT_EQ(place_in_file(owned.tensor, 2 * 96 + 95).column, 95);
  }
}

/// Blocks need not end where those of FP8 do: then rows are floats.
TEST(RowReaderTest, ReadsScaledCodesOfAnyWidth) {
  const std::vector<std::byte> codes(size_t(2) * 10, std::byte{0x38});
  const OwnedTensor owned = scaled_codes(DType::kF32, codes, {0.5f, 1, 2, 3, 4, 5}, {2, 10}, {1, 4});
  EXPECT_THAT(decode_tensor(owned.tensor),
              ElementsAre(0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5));
}

TEST(PlaceInFileTest, IsThatOfTheFirstPlane) {
  const Counted counted(DType::kF32, {2, 4, 3});
  StoredTensor tensor(counted.view);
  tensor.shape = {2, 2, 3};
  tensor.row_order = {.first = 1, .pitch = 2};
  const PlaceInFile in_rows = place_in_file(tensor, (2 + 1) * 3 + 2);
  EXPECT_EQ(in_rows.row, 4 + 3) << "the second row of the second matrix";
  EXPECT_EQ(in_rows.column, 2);
  tensor.layout = WeightLayout::kColumns;
  const PlaceInFile in_columns = place_in_file(tensor, (2 + 1) * 3 + 2);
  EXPECT_EQ(in_columns.row, 3 + 2);
  EXPECT_EQ(in_columns.column, 3);
  const Counted blocks(DType::kMXFP4, {4, 64});
  const OwnedTensor planes = as_mxfp4_planes(blocks.view);
  EXPECT_EQ(place_in_file(planes.tensor, 3 * 64 + 40).row, 3);
  EXPECT_EQ(place_in_file(planes.tensor, 3 * 64 + 40).column, 40);
}

TEST(FindNotFinite, CountsValuesOfAllMatrices) {
  std::vector<float> values(24, 1.0f);
  values[21] = std::numeric_limits<float>::infinity();
  StoredTensor tensor(TensorView{.shape = {2, 4, 3}, .data = std::as_bytes(std::span(values))});
  EXPECT_EQ(find_not_finite(tensor), 21);
  tensor.shape = {2, 2, 3};
  tensor.row_order = {.first = 1, .pitch = 2};
  EXPECT_EQ(find_not_finite(tensor), 9) << "row 1 of the second matrix";
  tensor.row_order = {.pitch = 2};
  EXPECT_EQ(find_not_finite(tensor), std::nullopt);
  tensor.dtype = DType::kI32;
  EXPECT_EQ(find_not_finite(tensor), std::nullopt) << "no type for weights";
}

}  // namespace
}  // namespace hearth
