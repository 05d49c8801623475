#include "formats/huggingface/tensors/expert_stacks.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "base/printable.h"
#include "formats/model/config_keys.h"
#include "quant/dtype.h"

namespace hearth {

namespace {

std::unexpected<Error> of_another_shape(const NamedTensor& stored) {
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                   "tensor {} has a type or shape that no experts of a layer have",
                   hearth::quoted(stored.name));
}

/// Divides the rows of [experts, rows, cols] among the parts.
Result<std::vector<ExpertPart>> share_rows(const NamedTensor& stored, const StackedExperts& stack,
                                           StoredTensor whole) {
  const auto count = int64_t(stack.parts.size());
  const int64_t rows = whole.shape[1];
  if (whole.shape[0] < 1 || rows < count || rows % count != 0 || whole.shape[2] < 1)
    return of_another_shape(stored);
  whole.shape = {whole.shape[0], rows / count, whole.shape[2]};
  std::vector<ExpertPart> parts;
  for (int64_t i = 0; i < count; ++i) {
    whole.row_order =
        stack.alternates ? RowOrder{.first = i, .pitch = count} : RowOrder{.first = i * (rows / count)};
    parts.push_back({fmt::format("{}.weight", stack.parts[size_t(i)]), whole});
  }
  return parts;
}

Result<std::vector<ExpertPart>> split_floats(const NamedTensor& stored, const StackedExperts& stack) {
  const Shape& shape = stored.view.shape;
  if (shape.rank() != 3 || dtype_info(stored.view.dtype).block_size != 1) return of_another_shape(stored);
  StoredTensor whole(stored.view);
  if (stack.transposed) {
    whole.layout = WeightLayout::kColumns;
    whole.shape = {shape[0], shape[2], shape[1]};
  }
  return share_rows(stored, stack, std::move(whole));
}

/// MXFP4 as it is published: rows of codes [experts, rows, blocks, 16], exponents [experts, rows, blocks].
Result<std::vector<ExpertPart>> split_mxfp4(const NamedTensor& codes, const StackedExperts& stack,
                                            std::span<const NamedTensor> all) {
  const Shape& shape = codes.view.shape;
  const std::string stem(codes.name.substr(0, codes.name.rfind('_')));
  const auto exponents = std::ranges::find(all, stem + "_scales", &NamedTensor::name);
  if (exponents == all.end()) {
    return fail_hint(ErrorCode::kCorruptData, "download the whole folder again, from one place",
                     "tensor {} is missing, which belongs to {}", hearth::quoted(stem + "_scales"),
                     hearth::quoted(codes.name));
  }
  if (shape.rank() != 4 || shape[3] != 16 || codes.view.dtype != DType::kU8) return of_another_shape(codes);
  if (exponents->view.dtype != DType::kU8 || exponents->view.shape != Shape({shape[0], shape[1], shape[2]}))
    return of_another_shape(*exponents);
  StoredTensor whole;
  whole.dtype = DType::kMXFP4;
  whole.shape = {shape[0], shape[1], shape[2] * 32};
  whole.layout = WeightLayout::kMxfp4Planes;
  whole.planes = {codes.view, exponents->view};
  return share_rows(codes, stack, std::move(whole));
}

/// Biases [experts, rows] of all parts.
Result<std::vector<ExpertPart>> split_biases(const NamedTensor& stored, const StackedExperts& stack,
                                             std::deque<std::vector<std::byte>>& copies) {
  const TensorView& view = stored.view;
  const auto count = int64_t(stack.parts.size());
  const DTypeInfo info = dtype_info(view.dtype);
  if (view.shape.rank() != 2 || info.block_size != 1 || view.shape[1] % count != 0)
    return of_another_shape(stored);
  const int64_t experts = view.shape[0], rows = view.shape[1] / count;
  std::vector<ExpertPart> parts;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<std::byte>& copy = copies.emplace_back(view.data.size() / size_t(count));
    for (int64_t at = 0; at < experts * rows; ++at) {
      const int64_t row = at % rows;
      const int64_t from = at / rows * rows * count + (stack.alternates ? row * count + i : i * rows + row);
      std::memcpy(copy.data() + size_t(at) * info.block_bytes,
                  view.data.data() + size_t(from) * info.block_bytes, info.block_bytes);
    }
    parts.push_back({fmt::format("{}.bias", stack.parts[size_t(i)]),
                     TensorView{.dtype = view.dtype, .shape = {experts, rows}, .data = copy}});
  }
  return parts;
}

}  // namespace

Result<ExpertParts> split_expert_stack(const NamedTensor& stored, std::string_view part,
                                       std::span<const StackedExperts> stacks,
                                       std::span<const NamedTensor> all,
                                       std::deque<std::vector<std::byte>>& copies) {
  for (const StackedExperts& stack : stacks) {
    if (!part.starts_with(stack.from)) continue;
    const std::string_view kind = part.substr(stack.from.size());
    if (kind.empty()) return ExpertParts{true, TRY(split_floats(stored, stack))};
    if (kind == "_bias") return ExpertParts{true, TRY(split_biases(stored, stack, copies))};
    if (kind == "_blocks") return ExpertParts{true, TRY(split_mxfp4(stored, stack, all))};
    if (kind != "_scales") continue;
    const std::string codes = std::string(stored.name.substr(0, stored.name.rfind('_'))) + "_blocks";
    const bool has_codes = std::ranges::find(all, codes, &NamedTensor::name) != all.end();
    if (has_codes) return ExpertParts{.is_stack = true, .parts = {}};
  }
  return ExpertParts{};
}

}  // namespace hearth
