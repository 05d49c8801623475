#pragma once

#include <span>

#include "models/blocks/linear.h"

namespace hearth {

/// What a product's columns are multiplied by, run after run of them; nothing where all are multiplied by 1.
class ColumnScale {
 public:
  struct Run {
    int64_t cols;
    float factor;
  };

  ColumnScale() = default;
  /// Error: kResourceLimit.
  static Result<ColumnScale> make(Backend& backend, std::span<const Run> runs);

  void forward(const Matrix& values) const {
    if (backend_ != nullptr) backend_->scale_columns({.values = values, .factors = factors_.view()});
  }

 private:
  Backend* backend_ = nullptr;  ///< null: there is none
  Vector factors_;
};

}  // namespace hearth
