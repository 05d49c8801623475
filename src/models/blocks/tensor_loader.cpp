#include "models/blocks/tensor_loader.h"

#include <vector>

#include "base/printable.h"
#include "quant/format.h"

namespace hearth {

namespace {

/// Rows [begin, begin + count) of a matrix or of stacked matrices.
TensorView rows_of(const TensorView& view, int64_t begin, int64_t count) {
  CHECK(view.row_order.is_own() || count == view.shape.rows());
  const DTypeInfo info = dtype_info(view.dtype);
  const size_t row_bytes = size_t(view.shape.cols() / info.block_size) * info.block_bytes;
  TensorView part = view;
  part.shape = {count, view.shape.cols()};
  part.data = view.data.subspan(size_t(begin) * row_bytes, size_t(count) * row_bytes);
  return part;
}

/// Names the first weight of a tensor that is no number; nothing where all are.
Status check_finite(std::string_view name, const TensorView& view) {
  if (!is_decodable(view.dtype)) return {};
  const std::optional<int64_t> place = find_not_finite(view.dtype, view.data.data(), view.shape.size());
  if (!place) return {};
  const int64_t row = *place / view.shape.cols();
  std::vector<float> values(size_t(view.shape.cols()));
  TensorView stored = view;
  stored.row_order = {};
  decode_blocks(view.dtype, rows_of(stored, row, 1).data.data(), view.shape.cols(), values.data());
  const int64_t column = *place % view.shape.cols();
  return fail_hint(ErrorCode::kCorruptData,
                   "the file is damaged or was made with an error: download it again, or take another "
                   "quantisation",
                   "tensor {} holds {} at row {}, column {}", quoted(name), values[size_t(column)], row,
                   column);
}

/// Of an expert that lies by itself: "blk.0.ffn_gate.3.weight" of "blk.0.ffn_gate_exps".
std::string expert_name(std::string_view stem, int expert) {
  return fmt::format("{}.{}.weight", stem.substr(0, stem.rfind('_')), expert);
}

void append_floats(const TensorView& view, std::vector<float>& values) {
  const size_t size = values.size();
  values.resize(size + size_t(view.shape.size()));
  decode_blocks(view.dtype, view.data.data(), view.shape.size(), values.data() + size);
}

}  // namespace

bool TensorLoader::has(std::string_view name) const { return tensors_.find(name) != nullptr; }

Result<TensorView> TensorLoader::take(const std::string& name, const Shape& shape) {
  const TensorView view = TRY(tensors_.get(name, shape));
  if (!is_decodable(view.dtype)) {
    return fail(ErrorCode::kUnsupported, "tensor {} is of type {}, which is none for weights", name,
                dtype_info(view.dtype).name);
  }
  taken_->insert(name);
  return view;
}

Result<std::shared_ptr<const Weight>> TensorLoader::pack(std::span<const TensorView> slices) {
  Result<std::unique_ptr<Weight>> weight = backend_->pack(slices);
  if (!weight && weight.error().code == ErrorCode::kNotFinite) {
    // Backends do not know names; what was taken does.
    for (const std::string& name : *taken_) {
      if (const TensorView* view = tensors_.find(name)) TRY(check_finite(name, *view));
    }
  }
  return TRY(std::move(weight));
}

Status TensorLoader::append(const std::string& name, const Shape& shape, std::vector<float>& values) {
  const TensorView view = TRY(take(name, shape));
  TRY(check_finite(name, view));
  append_floats(view, values);
  return {};
}

Result<Vector> TensorLoader::vector(const std::string& name, const Shape& shape) {
  std::vector<float> values;
  TRY(append(name, shape, values));
  return upload_vector(*backend_, values);
}

Result<Vector> TensorLoader::transposed(const std::string& name, int64_t rows, int64_t cols) {
  std::vector<float> values;
  TRY(append(name, {rows, cols}, values));
  std::vector<float> columns;
  columns.reserve(values.size());
  for (int64_t col = 0; col < cols; ++col) {
    for (int64_t row = 0; row < rows; ++row) columns.push_back(values[size_t(row * cols + col)]);
  }
  return upload_vector(*backend_, columns);
}

Result<RmsNorm> TensorLoader::norm(const std::string& stem, const Shape& shape, float eps) {
  return RmsNorm(TRY(vector(stem + ".weight", shape)), eps);
}

Result<Vector> TensorLoader::biases(std::span<const NamedRows> parts) {
  std::vector<float> values;
  for (const NamedRows& part : parts) TRY(append(part.stem + ".bias", {part.rows}, values));
  return upload_vector(*backend_, values);
}

Result<Linear> TensorLoader::linear(std::span<const NamedRows> parts, int64_t cols, bool bias) {
  std::vector<TensorView> slices;
  for (const NamedRows& part : parts) slices.push_back(TRY(take(part.stem + ".weight", {part.rows, cols})));
  std::shared_ptr<const Weight> weight = TRY(pack(slices));
  return Linear(*backend_, std::move(weight), bias ? TRY(biases(parts)) : Vector());
}

Result<std::shared_ptr<const Weight>> TensorLoader::experts(std::span<const NamedRows> parts, int num_experts,
                                                            int64_t cols) {
  std::vector<TensorView> slices(parts.size() * size_t(num_experts));
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::vector<TensorView> matrices = TRY(expert_matrices(parts[i], num_experts, cols));
    for (size_t expert = 0; expert < matrices.size(); ++expert) {
      slices[expert * parts.size() + i] = matrices[expert];
    }
  }
  return pack(slices);
}

Result<Vector> TensorLoader::expert_biases(std::span<const NamedRows> parts, int num_experts) {
  std::vector<std::vector<float>> stacks(parts.size());
  for (size_t i = 0; i < parts.size(); ++i)
    TRY(append(parts[i].stem + ".bias", {num_experts, parts[i].rows}, stacks[i]));
  std::vector<float> values;
  for (int64_t expert = 0; expert < num_experts; ++expert) {
    for (size_t i = 0; i < parts.size(); ++i) {
      const auto first = stacks[i].begin() + ptrdiff_t(expert * parts[i].rows);
      values.insert(values.end(), first, first + ptrdiff_t(parts[i].rows));
    }
  }
  return upload_vector(*backend_, values);
}

Result<std::vector<TensorView>> TensorLoader::expert_matrices(const NamedRows& part, int num_experts,
                                                              int64_t cols) {
  std::vector<TensorView> matrices;
  if (!has(part.stem + ".weight") && has(expert_name(part.stem, 0))) {
    for (int expert = 0; expert < num_experts; ++expert) {
      matrices.push_back(TRY(take(expert_name(part.stem, expert), {part.rows, cols})));
    }
    return matrices;
  }
  const TensorView stack = TRY(take(part.stem + ".weight", {num_experts, part.rows, cols}));
  for (int64_t expert = 0; expert < num_experts; ++expert) {
    matrices.push_back(rows_of(stack, expert * part.rows, part.rows));
  }
  return matrices;
}

Status TensorLoader::check_all_taken() const {
  for (const NamedTensor& tensor : tensors_.all()) {
    if (taken_->contains(tensor.name)) continue;
    return fail(ErrorCode::kUnsupported,
                "the file holds the tensor {}, which its architecture does not have here", tensor.name);
  }
  return {};
}

}  // namespace hearth
