#pragma once

#include "models/blocks/linear.h"

namespace hearth {

/// Rows of a table, picked by token id or by position.
class Embedding {
 public:
  Embedding() = default;
  Embedding(Backend& backend, std::shared_ptr<const Weight> table, float scale)
      : backend_(&backend), table_(std::move(table)), scale_(scale) {}

  void forward(const VectorView& ids, const Matrix& out) const {
    backend_->embed({.table = table_.get(), .ids = ids, .scale = scale_, .out = out});
  }
  /// out += what `forward` gives.
  void add_to(const VectorView& ids, const Matrix& out) const {
    backend_->embed({.table = table_.get(), .ids = ids, .scale = scale_, .out = out, .accumulate = true});
  }
  explicit operator bool() const { return table_ != nullptr; }
  const std::shared_ptr<const Weight>& table() const { return table_; }

 private:
  Backend* backend_ = nullptr;
  std::shared_ptr<const Weight> table_;
  float scale_ = 1.0f;
};

}  // namespace hearth
