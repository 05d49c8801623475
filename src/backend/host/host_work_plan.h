#pragma once

#include "backend/host/host_batch.h"
#include "backend/work_plan.h"

namespace hearth {

/// Of a backend whose memory is the host's; this one of a backend that keeps nothing.
class HostWorkPlan : public WorkPlan {
 public:
  std::unique_ptr<StepBatch> make_batch() override { return std::make_unique<HostBatch>(); }
};

}  // namespace hearth
