#include "models/blocks/linear.h"

namespace hearth {

void Linear::run(const Matrix& in, const Prologue& prologue, const Matrix& out,
                 std::span<const int32_t> in_rows, bool accumulate) const {
  backend_->linear({.in = in,
                    .prologue = prologue,
                    .weight = weight_.get(),
                    .bias = bias_.data(),
                    .in_rows = in_rows,
                    .out = out,
                    .accumulate = accumulate});
}

}  // namespace hearth
