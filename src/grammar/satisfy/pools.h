#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "grammar/list_pool.h"

namespace hearth::grammar {

/// Records of eight numbers at most, each kept once, for what is made most often: states.
template <typename Record>
class RecordPool {
 public:
  RecordPool() : slots_(256, kFree) {}

  uint32_t intern(const Record& record) {
    if ((records_.size() + 1) * 2 > slots_.size()) grow();
    size_t slot = record.hash() & (slots_.size() - 1);
    for (; slots_[slot] != kFree; slot = (slot + 1) & (slots_.size() - 1))
      if (records_[slots_[slot]] == record) return slots_[slot];
    slots_[slot] = uint32_t(records_.size());
    records_.push_back(record);
    return slots_[slot];
  }
  const Record& operator[](uint32_t id) const { return records_[id]; }
  uint32_t size() const { return uint32_t(records_.size()); }
  size_t memory_size() const {
    return records_.capacity() * sizeof(Record) + slots_.capacity() * sizeof(uint32_t);
  }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;

  void grow() {
    slots_.assign(slots_.size() * 2, kFree);
    for (uint32_t id = 0; id < records_.size(); ++id) {
      size_t slot = records_[id].hash() & (slots_.size() - 1);
      while (slots_[slot] != kFree) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = id;
    }
  }

  std::vector<Record> records_;
  std::vector<uint32_t> slots_;
};

/// A set of small numbers, as words that a ListPool can keep.
using Bits = std::vector<uint32_t>;

inline Bits make_bits(size_t count) { return Bits((count + 31) / 32); }
inline bool has_bit(std::span<const uint32_t> bits, uint32_t index) {
  return (bits[index / 32] >> (index % 32)) & 1;
}
inline void set_bit(Bits& bits, uint32_t index) { bits[index / 32] |= uint32_t(1) << (index % 32); }

}  // namespace hearth::grammar
