#pragma once

#include <cstring>
#include <memory>

#include "backend/backend.h"
#include "backend/host/host_batch.h"
#include "backend/host/host_memory.h"
#include "backend/host/host_work_plan.h"

namespace hearth {

/// A backend whose memory is the host's, and which computes in the call.
class HostBackend : public Backend {
 public:
  using Backend::download;
  using Backend::upload;

  Result<DeviceBuffer> allocate(size_t bytes) override {
    auto memory = std::make_shared<const Buffer>(TRY(allocate_host(bytes)));
    return DeviceBuffer(host_address(memory->data()), bytes, memory);
  }
  void upload(std::span<const std::byte> host, DeviceAddress device) override {
    if (!host.empty()) std::memcpy(host_bytes(device), host.data(), host.size());
  }
  void download(DeviceAddress device, std::span<std::byte> host) override {
    if (!host.empty()) std::memcpy(host.data(), host_bytes(device), host.size());
  }
  std::unique_ptr<WorkPlan> plan_work() const override { return std::make_unique<HostWorkPlan>(); }
  std::unique_ptr<StepBatch> make_batch() override { return std::make_unique<HostBatch>(); }
  void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) override {
    std::memcpy(host_bytes(layer.block(to)), host_bytes(layer.block(from)), kv_block_bytes(layer.shape));
  }
};

}  // namespace hearth
