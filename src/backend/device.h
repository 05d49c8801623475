#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "backend/kv_shape.h"
#include "base/result.h"
#include "tensor/buffer.h"

namespace hearth {

/// Memory of one device and how it lays out keys and values. A device address may be one that the host cannot
/// read: contents pass through `upload` and `download` alone. One thread calls at a time.
class Device {
 public:
  virtual ~Device() = default;

  /// For people: "cpu (AVX-512 VNNI, 2 threads)".
  virtual std::string_view name() const = 0;

  /// For programs: everything that decides the bits of its results and where they lie in KV blocks. Devices
  /// with equal identities compute alike from the same weights, and read each other's blocks.
  virtual std::string_view numeric_identity() const = 0;

  /// Zeroed device memory, 64-byte aligned. Error: kResourceLimit with the size.
  virtual Result<Buffer> allocate(size_t bytes) = 0;
  virtual void upload(std::span<const std::byte> host, std::byte* device) = 0;
  /// What operations before it have written.
  virtual void download(const std::byte* device, std::span<std::byte> host) = 0;

  void upload(std::span<const float> host, float* device) {
    upload(std::as_bytes(host), reinterpret_cast<std::byte*>(device));
  }
  void download(const float* device, std::span<float> host) {
    download(reinterpret_cast<const std::byte*>(device), std::as_writable_bytes(host));
  }

  /// Bytes of one block of `kKvBlockTokens` tokens of one layer.
  virtual size_t kv_block_bytes(const KvShape& shape) const = 0;
  /// Whether keys and values can be stored as `dtype`.
  virtual bool supports_kv(DType dtype) const = 0;
  /// Copies whole blocks within one layer's pool.
  virtual void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) = 0;
};

}  // namespace hearth
