#include "models/planning_backend.h"

#include <algorithm>

#include "base/check.h"

namespace hearth {

Result<std::unique_ptr<Weight>> PlanningBackend::pack(std::span<const TensorView> slices) {
  int64_t rows = 0;
  for (const TensorView& slice : slices) rows += slice.shape.rows();
  const size_t bytes = backend_.packed_bytes(slices);
  packed_total_ += bytes;
  product_total_ = std::max(product_total_, backend_.product_bytes(max_rows_, slices));
  return std::make_unique<Weight>(rows, slices.front().shape.cols(), bytes);
}

Result<DeviceBuffer> PlanningBackend::allocate(size_t bytes) {
  allocated_total_ += bytes;
  return DeviceBuffer({}, bytes, nullptr);
}

void PlanningBackend::download(DeviceAddress, std::span<std::byte>) { CHECK(false); }
void PlanningBackend::copy_kv_block(const KvLayer&, int32_t, int32_t) { CHECK(false); }

}  // namespace hearth
