#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/stored_weight.h"

namespace hearth {

/// A tensor under the name that its file gives it. Views into the file.
struct NamedTensor {
  std::string_view name;
  TensorView view;
  int64_t num_parameters;  ///< of the model; a byte of a plane holds several, or none
};

/// A tensor of a model, by its GGUF name.
struct ModelTensor {
  std::string_view name;
  StoredTensor stored;
};

/// A model's tensors by their names. Names are those of GGUF ("blk.0.attn_q.weight"), whatever a file calls
/// them. Immutable, thread-safe; what the views name must outlive it.
class TensorSet {
 public:
  TensorSet() = default;
  /// Error: kCorruptData for a name given twice.
  static Result<TensorSet> create(std::vector<ModelTensor> tensors);

  /// Sorted by name.
  const std::vector<ModelTensor>& all() const { return tensors_; }

  /// Nothing where there is no tensor of that name.
  const StoredTensor* find(std::string_view name) const;

  /// The tensor, which must have the shape that the configuration asks for. Error: kCorruptData with both
  /// shapes.
  Result<StoredTensor> get(std::string_view name, const Shape& expected) const;

 private:
  explicit TensorSet(std::vector<ModelTensor> tensors) : tensors_(std::move(tensors)) {}

  std::vector<ModelTensor> tensors_;
};

}  // namespace hearth
