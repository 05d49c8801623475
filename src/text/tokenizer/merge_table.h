#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/entropy.h"
#include "text/tokenizer/merge.h"
#include "text/tokenizer/string_index.h"

namespace hearth {

/// From a pair of symbols (>= 0) to what they merge to. Safe to share between threads once filled.
class MergeTable {
 public:
  explicit MergeTable(size_t max_entries = 0) : seed_(random_bits()) {
    size_t size = 16;
    while (size < max_entries * 2) size *= 2;
    slots_.resize(size);
  }

  /// Adds a pair unless it is there.
  void insert(int32_t left, int32_t right, const Merge& merge) {
    CHECK(num_entries_ * 2 < slots_.size());
    Slot& slot = slots_[place(left, right)];
    if (slot.left >= 0) return;
    slot = {left, right, merge};
    ++num_entries_;
  }

  Merge find(int32_t left, int32_t right) const {
    const Slot& slot = slots_[place(left, right)];
    return slot.left >= 0 ? slot.merge : Merge{};
  }

 private:
  struct Slot {
    int32_t left = -1;
    int32_t right = -1;
    Merge merge;
  };

  /// The slot of the pair, or the free one where it would go.
  size_t place(int32_t left, int32_t right) const {
    const uint64_t key = uint64_t(uint32_t(left)) << 32 | uint32_t(right);
    size_t at = mix_bits(key ^ seed_, 0x9e3779b97f4a7c15) & (slots_.size() - 1);
    while (slots_[at].left >= 0 && (slots_[at].left != left || slots_[at].right != right)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }

  uint64_t seed_;
  size_t num_entries_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace hearth
