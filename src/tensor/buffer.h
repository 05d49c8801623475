#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace hearth {

/// A block of memory of a device, given back when the object goes. What `data()` points to can be read by the
/// host only where the backend that allocated it says so.
class Buffer {
 public:
  using Release = std::function<void(std::byte*)>;

  Buffer() = default;
  Buffer(std::byte* data, size_t size, Release release) : data_(data, std::move(release)), size_(size) {}

  std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }
  float* floats() const { return reinterpret_cast<float*>(data_.get()); }

 private:
  std::unique_ptr<std::byte, Release> data_{nullptr, [](std::byte*) {}};
  size_t size_ = 0;
};

}  // namespace hearth
