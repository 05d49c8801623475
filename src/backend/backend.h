#pragma once

#include <memory>

#include "backend/device.h"
#include "backend/ops.h"
#include "backend/weight.h"
#include "backend/work_plan.h"
#include "tensor/stored_weight.h"

namespace hearth {

/// A device that stores weights and runs operations, in the order of the calls, in the call or later (see
/// `Device::wait`).
///
/// A result never depends on what else is in a batch, on how a prompt is cut into batches, or on the number
/// of threads: each output is one chain of roundings whose order the operand shapes alone decide.
class Backend : public Device {
 public:
  /// Brings a weight into the backend's layout. The pages of the files are released as they are read; a
  /// backend that computes from the mapped files keeps the views. Errors: kUnsupported for a type that it has
  /// no kernel for; kNotFinite for a weight that is no number.
  virtual Result<std::unique_ptr<Weight>> pack(const StoredWeight& weight) = 0;

  /// Says how much `pack` will take in all for a model, so that it can come as one piece.
  virtual void reserve_packed(size_t bytes) { static_cast<void>(bytes); }

  /// What `pack` would make, without its contents: it takes no memory and says how much the packed one would.
  /// Error: kUnsupported as `pack`.
  virtual Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight& weight) const = 0;

  /// Starts to add up what the backend works in.
  virtual std::unique_ptr<WorkPlan> plan_work() const = 0;

#define HEARTH_DECLARE(function, Operands) virtual void function(const Operands& op) = 0;
  HEARTH_OPS(HEARTH_DECLARE)
#undef HEARTH_DECLARE
};

}  // namespace hearth
