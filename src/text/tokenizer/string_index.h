#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/entropy.h"

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

/// From strings to numbers >= 0, the strings kept elsewhere: `text_of(number)` gives the string of an entry.
/// Open addressing. Safe to share between threads once filled.
class StringIndex {
 public:
  explicit StringIndex(size_t num_expected = 0) : seed_(random_bits()) {
    size_t size = 16;
    while (size < num_expected * 2) size *= 2;
    slots_.resize(size);
  }

  /// The number of `text`, -1 if it is not there.
  template <typename TextOf>
  int32_t find(std::string_view text, TextOf text_of) const {
    return slots_[place(text, hash_bytes(text, seed_), text_of)].number;
  }

  /// Starts fetching what find(text) will read.
  void prefetch(std::string_view text) const {
    __builtin_prefetch(&slots_[hash_bytes(text, seed_) & (slots_.size() - 1)]);
  }

  /// Adds `text` with its number, unless the text is there; returns the number that it now has.
  template <typename TextOf>
  int32_t insert(std::string_view text, int32_t number, TextOf text_of) {
    if (num_entries_ * 2 >= slots_.size()) grow(text_of);
    const uint64_t hash = hash_bytes(text, seed_);
    Slot& slot = slots_[place(text, hash, text_of)];
    if (slot.number < 0) {
      slot = {uint32_t(hash >> 32), number};
      ++num_entries_;
    }
    return slot.number;
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t number = -1;
  };

  /// The slot of `text`, or the free one where it would go.
  template <typename TextOf>
  size_t place(std::string_view text, uint64_t hash, TextOf text_of) const {
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at].number >= 0) {
      if (slots_[at].tag == uint32_t(hash >> 32) && text_of(slots_[at].number) == text) break;
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }

  template <typename TextOf>
  void grow(TextOf text_of) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number < 0) continue;
      size_t at = hash_bytes(text_of(slot.number), seed_) & (slots_.size() - 1);
      while (slots_[at].number >= 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  uint64_t seed_;
  size_t num_entries_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace hearth
