#include "models/blocks/linear.h"

namespace hearth {

Result<Vector> upload_vector(Backend& backend, std::span<const float> values) {
  DeviceBuffer buffer = TRY(backend.allocate(values.size_bytes()));
  backend.upload(values, buffer.address());
  return Vector(std::move(buffer), int64_t(values.size()), DType::kF32);
}

void Linear::run(const Matrix& in, const Prologue& prologue, const Matrix& out, const VectorView& in_rows,
                 bool accumulate) const {
  backend_->linear({.in = in,
                    .prologue = prologue,
                    .weight = weight_.get(),
                    .bias = bias_.view(),
                    .in_rows = in_rows,
                    .out = out,
                    .accumulate = accumulate});
}

}  // namespace hearth
