#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth::grammar {

/// Lists of numbers, each kept once: equal lists have one id, ids count from 0.
class ListPool {
 public:
  ListPool() : slots_(64, kFree) {}

  uint32_t intern(std::span<const uint32_t> list) {
    if ((size() + 1) * 2 > slots_.size()) grow();
    size_t slot = hash(list) & (slots_.size() - 1);
    for (; slots_[slot] != kFree; slot = (slot + 1) & (slots_.size() - 1))
      if (std::ranges::equal(at(slots_[slot]), list)) return slots_[slot];
    slots_[slot] = size();
    numbers_.insert(numbers_.end(), list.begin(), list.end());
    ends_.push_back(numbers_.size());
    return slots_[slot];
  }

  /// Until the next intern().
  std::span<const uint32_t> at(uint32_t id) const {
    return std::span(numbers_).subspan(ends_[id], ends_[id + 1] - ends_[id]);
  }
  uint32_t size() const { return uint32_t(ends_.size() - 1); }
  size_t memory_size() const {
    return (numbers_.capacity() + slots_.capacity()) * sizeof(uint32_t) + ends_.capacity() * sizeof(size_t);
  }

  static uint64_t hash(std::span<const uint32_t> list) {
    uint64_t h = list.size();
    for (const uint32_t x : list) {
      h = (h ^ x) * 0x9E3779B97F4A7C15u;
      h ^= h >> 29;
    }
    return h ^ (h >> 32);
  }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;

  void grow() {
    slots_.assign(slots_.size() * 2, kFree);
    for (uint32_t id = 0; id < size(); ++id) {
      size_t slot = hash(at(id)) & (slots_.size() - 1);
      while (slots_[slot] != kFree) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = id;
    }
  }

  std::vector<uint32_t> numbers_;
  std::vector<size_t> ends_{0};
  std::vector<uint32_t> slots_;
};

}  // namespace hearth::grammar
