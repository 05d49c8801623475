#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace hearth {

/// Allocates memory that begins at a cache line.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  LineAllocator() = default;
  template <class U>
  explicit LineAllocator(const LineAllocator<U>&) {}

  T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* at, size_t) { ::operator delete(at, kLine); }
  bool operator==(const LineAllocator&) const = default;
};

/// A vector whose first element begins a cache line: vectors loaded from it cross none.
template <class T>
using LineVector = std::vector<T, LineAllocator<T>>;

}  // namespace hearth
