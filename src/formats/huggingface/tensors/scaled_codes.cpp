#include "formats/huggingface/tensors/scaled_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "base/checked_math.h"
#include "base/printable.h"
#include "formats/model/config_keys.h"
#include "quant/format.h"

namespace hearth {

namespace {

/// Of E8M0, powers of two, the last of which is no number; else as the type decodes.
void decode_scales(const TensorView& view, float* out) {
  if (view.dtype != DType::kE8M0) return decode_blocks(view.dtype, view.data.data(), view.shape.size(), out);
  for (const std::byte byte : view.data) {
    const int exponent = int(byte);
    *out++ = exponent == 255 ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0f, exponent - 127);
  }
}

/// Whether every block of FP8 lies within one block of scales.
bool fits_blocks(const ScaleBlock& block, int64_t cols) {
  return cols % FP8::block_size == 0 && (block.cols % FP8::block_size == 0 || block.cols >= cols);
}

}  // namespace

bool is_scale_name(std::string_view name) {
  constexpr std::string_view kEnds[] = {".weight_scale_inv", ".weight_scale", ".input_scale",
                                        ".input_scale_ub",   ".output_scale", ".activation_scale",
                                        ".q_scale",          ".k_scale",      ".v_scale"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

ScaledCodes::ScaledCodes(std::span<const NamedTensor> all, const WeightQuantization& quantization,
                         std::deque<std::vector<std::byte>>& copies)
    : quantization_(quantization), copies_(copies) {
  if (!quantization.has_scaled_codes) return;
  for (const NamedTensor& tensor : all) {
    if (is_scale_name(tensor.name)) scales_.emplace(tensor.name, &tensor);
  }
}

Result<const NamedTensor*> ScaledCodes::scales_of(const NamedTensor& codes) const {
  for (const char* end : {"_scale_inv", "_scale"}) {
    const auto found = scales_.find(std::string(codes.name) + end);
    if (found != scales_.end()) return found->second;
  }
  return fail_hint(ErrorCode::kCorruptData, "download the whole folder again, from one place",
                   "tensor {} is missing, which belongs to {}",
                   hearth::quoted(std::string(codes.name) + "_scale_inv"), hearth::quoted(codes.name));
}

Result<ScaleBlock> ScaledCodes::block_of(const NamedTensor& codes, const NamedTensor& scales) const {
  const int64_t rows = codes.view.shape.rows(), cols = codes.view.shape.cols();
  const Shape& shape = scales.view.shape;
  if (shape.size() == 1) return ScaleBlock{rows, cols};
  const bool is_column = shape.rank() == 1 || (shape.rank() == 2 && shape[1] == 1);
  if (is_column && shape[0] == rows) return ScaleBlock{1, cols};
  if (const std::optional<ScaleBlock>& block = quantization_.block) {
    if (shape == Shape({ceil_div(rows, block->rows), ceil_div(cols, block->cols)})) return *block;
  }
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                   "tensor {} has other dimensions than scales of {} have, which has {} rows and {} columns",
                   hearth::quoted(scales.name), hearth::quoted(codes.name), rows, cols);
}

Result<StoredTensor> ScaledCodes::weight(const NamedTensor& codes) const {
  const Shape& shape = codes.view.shape;
  if (shape.rank() != 2 || shape.rows() < 1 || shape.cols() < 1) {
    return fail_hint(ErrorCode::kUnsupported, "use the model's folder in BF16 or F16",
                     "tensor {} holds 8-bit floats, but is no matrix", hearth::quoted(codes.name));
  }
  const NamedTensor& scales = *TRY(scales_of(codes));
  if (scales.view.dtype != DType::kE8M0 && !is_decodable(scales.view.dtype)) {
    return fail_hint(ErrorCode::kUnsupported, "use the model's folder in BF16 or F16",
                     "tensor {} holds scales as {}, which this build does not read",
                     hearth::quoted(scales.name), dtype_info(scales.view.dtype).name);
  }
  StoredTensor weight;
  weight.scale_block = TRY(block_of(codes, scales));
  weight.dtype = fits_blocks(weight.scale_block, shape.cols()) ? DType::kFP8 : DType::kF32;
  weight.shape = shape;
  weight.layout = WeightLayout::kScaledCodes;
  std::vector<float> values(size_t(scales.view.shape.size()));
  decode_scales(scales.view, values.data());
  std::vector<std::byte>& copy = copies_.emplace_back(values.size() * sizeof(float));
  std::memcpy(copy.data(), values.data(), copy.size());
  weight.planes = {codes.view, {.dtype = DType::kF32, .shape = {int64_t(values.size())}, .data = copy}};
  return weight;
}

}  // namespace hearth
