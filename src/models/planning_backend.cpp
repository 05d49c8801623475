#include "models/planning_backend.h"

#include <algorithm>

#include "base/check.h"

namespace hearth {

Result<std::unique_ptr<Weight>> PlanningBackend::pack(const StoredWeight& weight) {
  const size_t bytes = backend_.packed_bytes(weight);
  packed_total_ += bytes;
  if (bytes == 0) mapped_total_ += weight.stored_bytes();
  product_total_ = std::max(product_total_, backend_.product_bytes(max_rows_, weight));
  return std::make_unique<Weight>(weight.rows(), weight.cols(), bytes);
}

Result<DeviceBuffer> PlanningBackend::allocate(size_t bytes) {
  allocated_total_ += bytes;
  return DeviceBuffer({}, bytes, nullptr);
}

void PlanningBackend::download(DeviceAddress, std::span<std::byte>) { CHECK(false); }
void PlanningBackend::copy_kv_block(const KvLayer&, int32_t, int32_t) { CHECK(false); }

}  // namespace hearth
