#pragma once

#include <cstddef>
#include <memory>

#include "backend/ops.h"
#include "backend/step_batch.h"

namespace hearth {

/// Adds up the memory of its own that a backend comes to hold for operations: what it works in beside its
/// operands. It is told of each operation in place of running it, in its widest form; what narrower ones take
/// is counted in. Operands' contents are not looked at; weights are those of `Backend::plan_weight`, batches
/// those that it makes.
class WorkPlan {
 public:
  virtual ~WorkPlan() = default;
  virtual std::unique_ptr<StepBatch> make_batch() = 0;
  virtual size_t bytes() const { return 0; }

#define HEARTH_PLAN(function, Operands) \
  virtual void function(const Operands&) {}
  HEARTH_OPS(HEARTH_PLAN)
#undef HEARTH_PLAN
};

}  // namespace hearth
