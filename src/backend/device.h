#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "backend/device_memory.h"
#include "backend/kv_shape.h"
#include "backend/step_batch.h"
#include "base/result.h"

namespace hearth {

/// Memory of one device, the order of its work, and how it lays out keys and values. The host reaches that
/// memory by `upload` and `download` alone. One thread calls at a time.
class Device {
 public:
  virtual ~Device() = default;

  /// For people: "cpu (AVX-512 VNNI, 2 threads)".
  virtual std::string_view name() const = 0;

  /// For programs: everything that decides the bits of its results and where they lie in KV blocks. Devices
  /// with equal identities compute alike from the same weights, and read each other's blocks.
  virtual std::string_view numeric_identity() const = 0;

  /// Zeroed device memory, 64-byte aligned. Error: kResourceLimit with the size.
  virtual Result<DeviceBuffer> allocate(size_t bytes) = 0;
  /// After all operations called before.
  virtual void upload(std::span<const std::byte> host, DeviceAddress device) = 0;
  /// Waits for what operations called before have written.
  virtual void download(DeviceAddress device, std::span<std::byte> host) = 0;

  void upload(std::span<const float> host, DeviceAddress device) { upload(std::as_bytes(host), device); }
  void download(DeviceAddress device, std::span<float> host) {
    download(device, std::as_writable_bytes(host));
  }

  virtual std::unique_ptr<StepBatch> make_batch() = 0;

  /// The operations called so far begin to run, on devices that gather them first.
  virtual void submit() {}
  /// Until all operations called so far have run. What they use must stay until then.
  virtual void wait() {}

  /// Bytes of one block of `kKvBlockTokens` tokens of one layer.
  virtual size_t kv_block_bytes(const KvShape& shape) const = 0;
  /// Whether keys and values can be stored as `dtype`.
  virtual bool supports_kv(DType dtype) const = 0;
  /// Copies whole blocks within one layer's pool, in the order of the operations.
  virtual void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) = 0;
};

}  // namespace hearth
