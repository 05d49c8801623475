#include "models/blocks/tensor_loader.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "quant/format.h"
#include "tensor/row_reader.h"

namespace hearth {

StoredTensor rows_of(const StoredTensor& matrix, int64_t begin, int64_t count) {
  CHECK(matrix.row_order.is_contiguous());
  StoredTensor part = matrix;
  part.shape = {count, matrix.shape.cols()};
  part.row_order.first += begin;
  return part;
}

namespace {

/// Names the first weight of a tensor that is no number; nothing where all are.
Status check_finite(std::string_view name, const StoredTensor& tensor) {
  const std::optional<int64_t> place = find_not_finite(tensor);
  if (!place) return {};
  const int64_t cols = tensor.shape.cols(), rows = tensor.shape.rows() / tensor.num_matrices();
  const StoredTensor matrix = tensor.matrix(*place / cols / rows);
  std::vector<float> values(static_cast<size_t>(cols));
  decode_blocks(tensor.dtype, RowReader(matrix).read(*place / cols % rows, 1), cols, values.data());
  const PlaceInFile in_file = place_in_file(tensor, *place);
  return fail_hint(ErrorCode::kCorruptData,
                   "the file is damaged or was made with an error: download it again, or take another "
                   "quantisation",
                   "tensor {} holds {} at row {}, column {}", quoted(name), values[size_t(*place % cols)],
                   in_file.row, in_file.column);
}

/// Of an expert that lies by itself: "blk.0.ffn_gate.3.weight" of "blk.0.ffn_gate_exps".
std::string expert_name(std::string_view stem, int expert) {
  return fmt::format("{}.{}.weight", stem.substr(0, stem.rfind('_')), expert);
}

}  // namespace

bool TensorLoader::has(std::string_view name) const { return tensors_.find(name) != nullptr; }

size_t TensorLoader::rank(std::string_view name) const {
  const StoredTensor* tensor = tensors_.find(name);
  return tensor != nullptr ? tensor->shape.rank() : 0;
}

int64_t TensorLoader::rows(std::string_view name) const {
  const StoredTensor* tensor = tensors_.find(name);
  return tensor != nullptr && tensor->shape.rank() == 2 ? tensor->shape.rows() : 0;
}

Result<StoredTensor> TensorLoader::take(const std::string& name, const Shape& shape) {
  StoredTensor tensor = TRY(tensors_.get(name, shape));
  if (!is_decodable(tensor.dtype)) {
    return fail(ErrorCode::kUnsupported, "tensor {} is of type {}, which is none for weights",
                tensors_.spelling(name), dtype_info(tensor.dtype).name);
  }
  taken_->insert(name);
  return tensor;
}

Result<std::shared_ptr<const Weight>> TensorLoader::pack(const StoredWeight& weight) {
  Result<std::unique_ptr<Weight>> packed = backend_->pack(weight);
  if (!packed && packed.error().code == ErrorCode::kNotFinite) {
    // Backends do not know names; what was taken does.
    for (const std::string& name : *taken_) {
      if (const StoredTensor* tensor = tensors_.find(name))
        TRY(check_finite(tensors_.spelling(name), *tensor));
    }
  }
  return TRY(std::move(packed));
}

Status TensorLoader::append(const std::string& name, const Shape& shape, std::vector<float>& values) {
  const StoredTensor tensor = TRY(take(name, shape));
  TRY(check_finite(tensors_.spelling(name), tensor));
  std::ranges::copy(decode_tensor(tensor), std::back_inserter(values));
  return {};
}

Result<std::vector<float>> TensorLoader::floats(const std::string& name, const Shape& shape) {
  std::vector<float> values;
  TRY(append(name, shape, values));
  return values;
}

Result<Vector> TensorLoader::vector(const std::string& name, const Shape& shape) {
  return upload_vector(*backend_, TRY(floats(name, shape)));
}

Result<Vector> TensorLoader::stacked_rows(const std::string& stem, int64_t rows, int64_t cols) {
  std::vector<float> values;
  if (!has(stem + ".0.weight")) {
    TRY(append(stem + ".weight", {rows, cols}, values));
  } else {
    for (int64_t row = 0; row < rows; ++row)
      TRY(append(fmt::format("{}.{}.weight", stem, row), {cols}, values));
  }
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

Result<Norm> TensorLoader::rms_norm(const std::string& stem, const Shape& shape, float eps) {
  const std::string name = stem + ".weight";
  const bool has_no_kind = !has(name) && has(stem);  // falcon-h1's ffn_norm, as converters to GGUF write it
  return Norm(NormKind::kRms, eps, TRY(vector(has_no_kind ? stem : name, shape)));
}

/// The residual is kept divided by the multiplier of what joins it (see `Decoder`).
Result<Norm> TensorLoader::residual_norm(const std::string& stem, const ModelConfig& config) {
  return model_norm(stem, config,
                    config.norm_eps / (config.residual_multiplier * config.residual_multiplier));
}

Result<Norm> TensorLoader::branch_norm(const std::string& stem, const ModelConfig& config) {
  return model_norm(stem, config, config.norm_eps);
}

Result<Norm> TensorLoader::model_norm(const std::string& stem, const ModelConfig& config, float eps) {
  const Shape shape{config.hidden_size};
  if (config.norm_type == NormType::kRmsNorm) return rms_norm(stem, shape, eps);
  return Norm(NormKind::kLayer, eps, TRY(vector(stem + ".weight", shape)),
              config.norm_bias ? TRY(vector(stem + ".bias", shape)) : Vector());
}

Result<Vector> TensorLoader::biases(std::span<const NamedRows> parts) {
  std::vector<float> values;
  for (const NamedRows& part : parts) TRY(append(part.stem + ".bias", {part.rows}, values));
  return upload_vector(*backend_, values);
}

Result<Linear> TensorLoader::linear(std::span<const NamedRows> parts, int64_t cols, bool bias) {
  StoredWeight stored;
  for (const NamedRows& part : parts)
    stored.slices.push_back(TRY(take(part.stem + ".weight", {part.rows, cols})));
  std::shared_ptr<const Weight> weight = TRY(pack(stored));
  return Linear(*backend_, std::move(weight), bias ? TRY(biases(parts)) : Vector());
}

Result<std::shared_ptr<const Weight>> TensorLoader::experts(std::span<const NamedRows> parts, int num_experts,
                                                            int64_t cols) {
  std::vector<StoredTensor> slices(parts.size() * size_t(num_experts));
  for (size_t i = 0; i < parts.size(); ++i) {
    std::vector<StoredTensor> matrices = TRY(expert_matrices(parts[i], num_experts, cols));
    for (size_t expert = 0; expert < matrices.size(); ++expert) {
      slices[expert * parts.size() + i] = std::move(matrices[expert]);
    }
  }
  return pack(StoredWeight(std::move(slices)));
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

Result<std::vector<StoredTensor>> TensorLoader::expert_matrices(const NamedRows& part, int num_experts,
                                                                int64_t cols) {
  std::vector<StoredTensor> matrices;
  if (!has(part.stem + ".weight") && has(expert_name(part.stem, 0))) {
    for (int expert = 0; expert < num_experts; ++expert) {
      matrices.push_back(TRY(take(expert_name(part.stem, expert), {part.rows, cols})));
    }
    return matrices;
  }
  const StoredTensor stack = TRY(take(part.stem + ".weight", {num_experts, part.rows, cols}));
  for (int expert = 0; expert < num_experts; ++expert) matrices.push_back(stack.matrix(expert));
  return matrices;
}

void TensorLoader::ignore_layer(size_t index) {
  const std::string prefix = fmt::format("blk.{}.", index);
  for (const ModelTensor& tensor : tensors_.all()) {
    if (tensor.name.starts_with(prefix)) ignore(std::string(tensor.name));
  }
}

Status TensorLoader::check_all_taken() const {
  for (const ModelTensor& tensor : tensors_.all()) {
    if (taken_->contains(tensor.name)) continue;
    return fail(ErrorCode::kUnsupported,
                "the file holds the tensor {}, which its architecture does not have here", tensor.spelling);
  }
  return {};
}

}  // namespace hearth
