#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace hearth::grammar {

/// Lists of T, each kept once: equal lists have the same id. Ids count up from 0.
template <typename T>
class SpanTable {
  static_assert(std::has_unique_object_representations_v<T> && sizeof(T) % 4 == 0);

 public:
  uint32_t intern(std::span<const T> list) {
    if ((num_hashed_ + 1) * 2 > slots_.size()) grow();
    uint32_t& slot = find(list);
    if (slot == kNone) {
      slot = append(list);
      ++num_hashed_;
    }
    return slot;
  }

  /// A list that intern() does not find: one that speaks of its own id.
  uint32_t append(std::span<const T> list) {
    entries_.push_back({uint32_t(arena_.size()), uint32_t(list.size())});
    arena_.insert(arena_.end(), list.begin(), list.end());
    return uint32_t(entries_.size() - 1);
  }

  std::span<const T> operator[](uint32_t id) const {
    return {arena_.data() + entries_[id].offset, entries_[id].size};
  }
  size_t size() const { return entries_.size(); }
  size_t memory_size() const {
    return arena_.capacity() * sizeof(T) + entries_.capacity() * sizeof(Entry) +
           slots_.capacity() * sizeof(uint32_t);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Entry {
    uint32_t offset, size;
  };

  static uint64_t hash(std::span<const T> list) {
    const auto* words = reinterpret_cast<const uint32_t*>(list.data());
    uint64_t value = list.size();
    for (size_t i = 0; i < list.size() * (sizeof(T) / 4); ++i) {
      value = (value ^ words[i]) * 0x9E3779B97F4A7C15u;
      value ^= value >> 32;
    }
    return value;
  }

  bool equal(uint32_t id, std::span<const T> list) const { return std::ranges::equal((*this)[id], list); }

  /// The slot that holds the list, or the empty one where it goes.
  uint32_t& find(std::span<const T> list) {
    size_t at = hash(list) & (slots_.size() - 1);
    while (slots_[at] != kNone && !equal(slots_[at], list)) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

  void grow() {
    const std::vector<uint32_t> old = std::move(slots_);
    slots_.assign(std::max<size_t>(16, old.size() * 2), kNone);
    for (const uint32_t id : old) {
      if (id != kNone) find((*this)[id]) = id;
    }
  }

  std::vector<T> arena_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;
  size_t num_hashed_ = 0;
};

}  // namespace hearth::grammar
