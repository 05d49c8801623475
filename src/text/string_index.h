#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace hearth {

/// 64 x 64 -> 128 bits, folded: the mixing step of the hashes here.
inline uint64_t mix_bits(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return uint64_t(product) ^ uint64_t(product >> 64);
}

/// A hash of bytes under a seed; not for anything that leaves the process.
inline uint64_t hash_bytes(std::string_view bytes, uint64_t seed) {
  constexpr uint64_t kOdd1 = 0x9e3779b97f4a7c15, kOdd2 = 0xd1b54a32d192ed03;
  uint64_t hash = seed ^ (bytes.size() * kOdd1);
  uint64_t word;
  while (bytes.size() > 8) {
    std::memcpy(&word, bytes.data(), 8);
    hash = mix_bits(hash ^ word, kOdd2);
    bytes.remove_prefix(8);
  }
  word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return mix_bits(hash ^ word ^ kOdd1, kOdd2 ^ seed);
}

/// A seed that input cannot know, so that it cannot make the entries of a table collide.
inline uint64_t random_seed() {
  std::random_device device;
  return uint64_t(device()) << 32 | device();
}

/// From strings to numbers >= 0, the strings kept elsewhere: `text_of(number)` gives the string of an entry.
/// Open addressing. Safe to share between threads once filled.
class StringIndex {
 public:
  explicit StringIndex(size_t max_entries = 0) : seed_(random_seed()) {
    size_t size = 16;
    while (size < max_entries * 2) size *= 2;
    slots_.resize(size);
  }

  /// The number of `text`, -1 if it is not there.
  template <typename TextOf>
  int32_t find(std::string_view text, TextOf text_of) const {
    const uint64_t hash = hash_bytes(text, seed_);
    for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.number < 0) return -1;
      if (slot.tag == uint32_t(hash >> 32) && text_of(slot.number) == text) return slot.number;
    }
  }

  /// Adds `text` with its number, unless the text is there; returns the number that it now has.
  template <typename TextOf>
  int32_t insert(std::string_view text, int32_t number, TextOf text_of) {
    CHECK(num_entries_ * 2 < slots_.size());
    const uint64_t hash = hash_bytes(text, seed_);
    for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.number < 0) {
        slot = {uint32_t(hash >> 32), number};
        ++num_entries_;
        return number;
      }
      if (slot.tag == uint32_t(hash >> 32) && text_of(slot.number) == text) return slot.number;
    }
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t number = -1;
  };

  uint64_t seed_;
  size_t num_entries_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace hearth
