#pragma once

#include <memory>
#include <span>

#include "backend/device.h"
#include "backend/ops.h"
#include "backend/weight.h"
#include "tensor/tensor.h"

namespace hearth {

/// A device that stores weights and runs operations, in the order of the calls, in the call or later (see
/// `Device::wait`).
///
/// A result never depends on what else is in a batch, on how a prompt is cut into batches, or on the number
/// of threads: each output is one chain of roundings whose order the operand shapes alone decide.
class Backend : public Device {
 public:
  /// Brings weights [rows_i, cols], stacked by rows, into the backend's layout. The views' file pages are
  /// released as they are read; a backend that computes from the mapped file keeps the views. Rank 3 counts
  /// as stacked rows. Errors: kUnsupported for a type that it has no kernel for; kNotFinite for a weight that
  /// is no number.
  virtual Result<std::unique_ptr<Weight>> pack(std::span<const TensorView> slices) = 0;

  /// Memory that `pack` would take, without doing it.
  virtual size_t packed_bytes(std::span<const TensorView> slices) const = 0;

  /// Memory of its own that the backend comes to hold for products of up to `rows` input rows with a weight
  /// packed from `slices`.
  virtual size_t product_bytes(int64_t rows, std::span<const TensorView> slices) const {
    static_cast<void>(rows), static_cast<void>(slices);
    return 0;
  }

#define HEARTH_DECLARE(function, Operands) virtual void function(const Operands& op) = 0;
  HEARTH_OPS(HEARTH_DECLARE)
#undef HEARTH_DECLARE
};

}  // namespace hearth
