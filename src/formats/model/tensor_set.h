#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace hearth {

/// Views into the files that it came from.
struct NamedTensor {
  std::string_view name;
  TensorView view;
};

/// A model's tensors by their names. Names are those of GGUF ("blk.0.attn_q.weight"), whatever a file calls
/// them. Immutable, thread-safe; what the views name must outlive it.
class TensorSet {
 public:
  TensorSet() = default;
  /// Error: kCorruptData for a name given twice.
  static Result<TensorSet> create(std::vector<NamedTensor> tensors);

  /// Sorted by name.
  const std::vector<NamedTensor>& all() const { return tensors_; }

  /// Nothing where there is no tensor of that name.
  const TensorView* find(std::string_view name) const;

  /// The tensor, which must have the shape that the configuration asks for. Error: kCorruptData with both
  /// shapes.
  Result<TensorView> get(std::string_view name, const Shape& expected) const;

 private:
  explicit TensorSet(std::vector<NamedTensor> tensors) : tensors_(std::move(tensors)) {}

  std::vector<NamedTensor> tensors_;
};

}  // namespace hearth
