#include "models/planning_backend.h"

namespace hearth {

Result<std::unique_ptr<Weight>> PlanningBackend::pack(const StoredWeight& stored) {
  std::unique_ptr<Weight> weight = TRY(backend_.plan_weight(stored));
  packed_total_ += weight->bytes();
  if (weight->bytes() == 0) mapped_total_ += stored.stored_bytes();
  return weight;
}

Result<DeviceBuffer> PlanningBackend::allocate(size_t bytes) {
  const DeviceAddress address(1 + allocated_total_);  // blocks tell buffers apart by it
  allocated_total_ += bytes;
  return DeviceBuffer(address, bytes, nullptr);
}

}  // namespace hearth
