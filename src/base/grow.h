#pragma once

#include <cstddef>
#include <vector>

namespace hearth {

/// Makes a vector at least `size` long, in no more memory than that: `resize` alone may take twice as much.
template <typename T, typename Allocator>
void grow(std::vector<T, Allocator>& vector, size_t size) {
  if (vector.size() >= size) return;
  vector.reserve(size);
  vector.resize(size);
}

}  // namespace hearth
