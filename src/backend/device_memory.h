#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace hearth {

/// A place in a device's memory, in bytes. One can calculate with it, but not read through it: the host may
/// not see that memory at all.
class DeviceAddress {
 public:
  constexpr DeviceAddress() = default;
  constexpr explicit DeviceAddress(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  friend constexpr bool operator==(DeviceAddress, DeviceAddress) = default;
  friend constexpr DeviceAddress operator+(DeviceAddress address, uint64_t bytes) {
    return DeviceAddress(address.value_ + bytes);
  }

 private:
  uint64_t value_ = 0;
};

/// A block of memory of a device, given back when the object goes.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  /// `memory` keeps it allocated.
  DeviceBuffer(DeviceAddress address, size_t size, std::shared_ptr<const void> memory)
      : address_(address), size_(size), memory_(std::move(memory)) {}
  DeviceBuffer(DeviceBuffer&&) noexcept = default;
  DeviceBuffer& operator=(DeviceBuffer&&) noexcept = default;
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  DeviceAddress address() const { return address_; }
  size_t size() const { return size_; }

 private:
  DeviceAddress address_;
  size_t size_ = 0;
  std::shared_ptr<const void> memory_;
};

}  // namespace hearth
