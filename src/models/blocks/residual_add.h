#pragma once

#include "models/blocks/norm.h"
#include "models/blocks/scratch.h"

namespace hearth {

/// How a branch joins the residual: as it is, or normed first (gemma's sandwich norms); the sum may be normed
/// as well (post-norm, as in Vaswani et al. 2017).
class ResidualAdd {
 public:
  ResidualAdd() = default;
  /// To a residual of `hidden_size` columns.
  ResidualAdd(Backend& backend, int64_t hidden_size, Norm post_norm, Norm joined_norm)
      : backend_(&backend),
        hidden_size_(hidden_size),
        post_norm_(std::move(post_norm)),
        joined_norm_(std::move(joined_norm)) {}

  /// residual = joined_norm(residual + post_norm(linear(prologue(in)))).
  void forward(const Linear& linear, const Matrix& in, const Prologue& prologue, Scratch scratch,
               const Matrix& residual) const;
  /// What it takes of each row of `scratch`.
  int64_t scratch_stride() const { return post_norm_ ? row_stride(hidden_size_) : 0; }

 private:
  Backend* backend_ = nullptr;
  int64_t hidden_size_ = 0;
  Norm post_norm_, joined_norm_;
};

}  // namespace hearth
