#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hearth::grammar {

/// Bits by position; compact, so that random reads stay in the cache.
class BitVector {
 public:
  explicit BitVector(size_t size = 0) : words_((size + 63) / 64) {}

  bool operator[](size_t i) const { return words_[i / 64] >> (i % 64) & 1; }
  void set(size_t i) { words_[i / 64] |= uint64_t(1) << (i % 64); }
  void clear(size_t i) { words_[i / 64] &= ~(uint64_t(1) << (i % 64)); }
  size_t memory_size() const { return words_.capacity() * sizeof(uint64_t); }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace hearth::grammar
