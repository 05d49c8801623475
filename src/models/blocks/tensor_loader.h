#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/model/model_config.h"
#include "formats/model/tensor_set.h"
#include "models/blocks/norm.h"

namespace hearth {

/// A tensor and the rows it must have; its columns are the reader's.
struct NamedRows {
  std::string stem;  ///< name without ".weight" or ".bias"
  int64_t rows;
};

/// Rows [begin, begin + count) of a matrix of rows in their own order.
StoredTensor rows_of(const StoredTensor& matrix, int64_t begin, int64_t count);

/// Brings a file set's tensors to a backend as layers. Every tensor's shape is checked against what the
/// configuration asks for; which tensors were taken is remembered, so that none is left out by mistake.
/// Errors: kCorruptData naming the tensor where it is missing, of another shape or holds what is no number;
/// kUnsupported for its type.
class TensorLoader {
 public:
  TensorLoader(const TensorSet& tensors, Backend& backend) : tensors_(tensors), backend_(&backend) {}

  /// The same for another device: what either takes counts for both.
  TensorLoader on(Backend& backend) const {
    TensorLoader other = *this;
    other.backend_ = &backend;
    return other;
  }

  bool has(std::string_view name) const;
  /// The name as the files spell it.
  std::string spelling(std::string_view name) const { return tensors_.spelling(name); }
  /// Of the tensor's shape; 0 where there is none.
  size_t rank(std::string_view name) const;

  /// Of the matrix; 0 where there is none.
  int64_t rows(std::string_view name) const;

  /// The tensor, which must have `shape`.
  Result<StoredTensor> take(const std::string& name, const Shape& shape);

  /// As `Backend::pack`, but for what is no number the error names the tensor.
  Result<std::shared_ptr<const Weight>> pack(const StoredWeight& weight);

  /// `stem`.weight by root mean square, brought to f32.
  Result<Norm> rms_norm(const std::string& stem, const Shape& shape, float eps);

  /// A norm of the residual, of the kind that the model has.
  Result<Norm> residual_norm(const std::string& stem, const ModelConfig& config);

  /// The same of what joins the residual.
  Result<Norm> branch_norm(const std::string& stem, const ModelConfig& config);

  /// A tensor by its full name, brought to f32.
  Result<Vector> vector(const std::string& name, const Shape& shape);

  /// The same on the host.
  Result<std::vector<float>> floats(const std::string& name, const Shape& shape);

  /// A matrix `stem`.weight [rows, cols], or a tensor for each row of it (STEM.0.weight, STEM.1.weight, ...),
  /// brought to f32 row after row.
  Result<Vector> stacked_rows(const std::string& stem, int64_t rows, int64_t cols);

  /// A matrix [rows, cols] by its full name, brought to f32 column after column.
  Result<Vector> transposed(const std::string& name, int64_t rows, int64_t cols);

  /// The parts' rows on top of each other, over `cols` columns: one product in place of several.
  Result<Linear> linear(std::span<const NamedRows> parts, int64_t cols, bool bias);

  /// The experts of stacked tensors [experts, rows, cols] (NAME_exps), or of a tensor each (NAME.0, NAME.1,
  /// ...), each expert's rows on top of each other: gate, then up. Every part is packed as a slice of its
  /// own, so that backends can reach one expert.
  Result<std::shared_ptr<const Weight>> experts(std::span<const NamedRows> parts, int num_experts,
                                                int64_t cols);

  /// The experts' biases from stacked tensors [experts, rows], in the order of the rows of `experts`.
  Result<Vector> expert_biases(std::span<const NamedRows> parts, int num_experts);

  /// Fails where the file holds a tensor that nothing has taken: this build would compute wrongly without
  /// it.
  Status check_all_taken() const;

  /// Counts as taken: its values are in the configuration, or it is known not to matter.
  void ignore(std::string name) { taken_->insert(std::move(name)); }
  void ignore_layer(size_t index);

 private:
  using Taken = std::set<std::string, std::less<>>;

  /// Appends a vector's values, brought to f32.
  Status append(const std::string& name, const Shape& shape, std::vector<float>& values);
  Result<std::vector<StoredTensor>> expert_matrices(const NamedRows& part, int num_experts, int64_t cols);
  Result<Vector> biases(std::span<const NamedRows> parts);
  Result<Norm> model_norm(const std::string& stem, const ModelConfig& config, float eps);

  const TensorSet& tensors_;
  Backend* backend_;
  std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace hearth
