#pragma once

#include <cstring>

#include "backend/backend.h"
#include "backend/host_memory.h"

namespace hearth {

/// A backend whose memory is the host's.
class HostBackend : public Backend {
 public:
  using Backend::download;
  using Backend::upload;

  Result<Buffer> allocate(size_t bytes) override { return allocate_host(bytes); }
  void upload(std::span<const std::byte> host, std::byte* device) override {
    if (!host.empty()) std::memcpy(device, host.data(), host.size());
  }
  void download(const std::byte* device, std::span<std::byte> host) override {
    if (!host.empty()) std::memcpy(host.data(), device, host.size());
  }
  void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) override {
    std::memcpy(layer.base + size_t(to) * layer.block_stride, layer.base + size_t(from) * layer.block_stride,
                kv_block_bytes(layer.shape));
  }
};

}  // namespace hearth
