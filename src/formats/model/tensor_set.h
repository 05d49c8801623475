#pragma once

#include <functional>
#include <string>
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

/// A tensor of a model.
struct ModelTensor {
  std::string_view name;      ///< of GGUF
  std::string_view spelling;  ///< of the file that holds it
  StoredTensor stored;
};

/// A model's tensors by their names. Names are those of GGUF ("blk.0.attn_q.weight"), whatever a file calls
/// them. Immutable, thread-safe; what the views name must outlive it.
class TensorSet {
 public:
  TensorSet() = default;
  /// How a file would call a tensor that it does not hold, by its GGUF name.
  using Spelling = std::function<std::string(std::string_view name)>;

  /// Error: kCorruptData for a name given twice.
  static Result<TensorSet> create(std::vector<ModelTensor> tensors, Spelling of_absent);

  /// Sorted by name.
  const std::vector<ModelTensor>& all() const { return tensors_; }

  /// Nothing where there is no tensor of that name.
  const StoredTensor* find(std::string_view name) const;

  /// What the files call a tensor, for messages.
  std::string spelling(std::string_view name) const;

  /// The tensor, which must have the shape that the configuration asks for. Error: kCorruptData with both
  /// shapes.
  Result<StoredTensor> get(std::string_view name, const Shape& expected) const;

 private:
  TensorSet(std::vector<ModelTensor> tensors, Spelling of_absent)
      : tensors_(std::move(tensors)), of_absent_(std::move(of_absent)) {}
  const ModelTensor* find_entry(std::string_view name) const;

  std::vector<ModelTensor> tensors_;
  Spelling of_absent_;
};

}  // namespace hearth
