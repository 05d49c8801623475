#include "models/blocks/residual_add.h"

namespace hearth {

void ResidualAdd::forward(const Linear& linear, const Matrix& in, const Prologue& prologue, Scratch scratch,
                          const Matrix& residual) const {
  if (post_norm_) {
    const Matrix branch = scratch.take(hidden_size_);
    linear.forward(in, prologue, branch);
    backend_->norm({.in = branch, .norm = post_norm_.operands(), .out = residual, .accumulate = true});
  } else {
    linear.add_to(in, prologue, residual);
  }
  if (joined_norm_) backend_->norm({.in = residual, .norm = joined_norm_.operands(), .out = residual});
}

}  // namespace hearth
