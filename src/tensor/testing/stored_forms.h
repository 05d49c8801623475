#pragma once

#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "quant/format.h"
#include "tensor/stored_weight.h"

// Other layouts of what a file of blocks holds, for tests that compare them.

namespace hearth {

/// A tensor and the bytes that it is a view of.
struct OwnedTensor {
  std::vector<std::vector<std::byte>> bytes;
  StoredTensor tensor;
};

/// The rows of a matrix of a plain type as columns.
inline OwnedTensor as_columns(const TensorView& rows) {
  const DTypeInfo info = dtype_info(rows.dtype);
  CHECK(info.block_size == 1);
  const auto num_rows = size_t(rows.shape.rows()), cols = size_t(rows.shape.cols());
  OwnedTensor owned{{std::vector<std::byte>(rows.data.size())}, StoredTensor(rows)};
  for (size_t row = 0; row < num_rows; ++row) {
    for (size_t col = 0; col < cols; ++col) {
      std::memcpy(owned.bytes[0].data() + (col * num_rows + row) * info.block_bytes,
                  rows.data.data() + (row * cols + col) * info.block_bytes, info.block_bytes);
    }
  }
  owned.tensor.layout = WeightLayout::kColumns;
  owned.tensor.planes[0].data = owned.bytes[0];
  return owned;
}

/// Codes of E4M3 and the scales of blocks, read as `dtype`.
inline OwnedTensor scaled_codes(DType dtype, std::vector<std::byte> codes, const std::vector<float>& scales,
                                const Shape& shape, const ScaleBlock& block) {
  OwnedTensor owned;
  const auto bytes = std::as_bytes(std::span(scales));
  owned.bytes = {std::move(codes), std::vector<std::byte>(bytes.begin(), bytes.end())};
  owned.tensor.dtype = dtype;
  owned.tensor.shape = shape;
  owned.tensor.layout = WeightLayout::kScaledCodes;
  owned.tensor.scale_block = block;
  owned.tensor.planes = {{.dtype = DType::kE4M3, .shape = shape, .data = owned.bytes[0]},
                         {.dtype = DType::kF32, .shape = {int64_t(scales.size())}, .data = owned.bytes[1]}};
  return owned;
}

/// Blocks of FP8 as codes and scales apart.
inline OwnedTensor as_scaled_codes(const TensorView& rows) {
  CHECK(rows.dtype == DType::kFP8);
  std::vector<std::byte> codes;
  std::vector<float> scales;
  for (size_t at = 0; at < rows.data.size(); at += sizeof(FP8::Block)) {
    FP8::Block block;
    std::memcpy(&block, rows.data.data() + at, sizeof(block));
    for (const uint8_t code : block.qs) codes.push_back(std::byte(code));
    scales.push_back(block.d);
  }
  return scaled_codes(DType::kFP8, std::move(codes), scales, rows.shape, {1, FP8::block_size});
}

/// Blocks of MXFP4 as codes and exponents apart.
inline OwnedTensor as_mxfp4_planes(const TensorView& rows) {
  CHECK(rows.dtype == DType::kMXFP4);
  OwnedTensor owned{std::vector<std::vector<std::byte>>(2), StoredTensor(rows)};
  for (size_t at = 0; at < rows.data.size(); at += sizeof(MXFP4::Block)) {
    MXFP4::Block block;
    std::memcpy(&block, rows.data.data() + at, sizeof(block));
    const auto code = [&](int i) { return i < 16 ? block.qs[i] & 15 : block.qs[i - 16] >> 4; };
    for (int i = 0; i < 32; i += 2) owned.bytes[0].push_back(std::byte(code(i) | code(i + 1) << 4));
    owned.bytes[1].push_back(std::byte(block.e));
  }
  owned.tensor.layout = WeightLayout::kMxfp4Planes;
  owned.tensor.planes.clear();
  for (size_t i = 0; i < 2; ++i) {
    owned.tensor.planes.push_back(
        {.dtype = DType::kU8, .shape = {int64_t(owned.bytes[i].size())}, .data = owned.bytes[i]});
  }
  return owned;
}

}  // namespace hearth
