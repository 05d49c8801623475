#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "grammar/automaton.h"

namespace hearth::grammar {

/// Masks by state, of one automaton, those made last kept. Small ones are lists of ids.
class MaskCache {
 public:
  explicit MaskCache(size_t max_size) : max_size_(max_size) {}

  /// Writes the mask of a state over `words`; false where it is not known.
  bool get(StateId state, std::span<uint64_t> words) const;
  bool contains(StateId state) const { return masks_.contains(state); }
  void put(StateId state, std::span<const uint64_t> words);
  void clear();
  size_t memory_size() const { return size_; }

 private:
  struct Mask {
    std::vector<uint64_t> words;
    std::vector<uint32_t> ids;  ///< in place of words
    size_t memory_size() const;
  };

  void evict();

  size_t max_size_;
  size_t size_ = 0;
  std::unordered_map<StateId, Mask> masks_;
  std::deque<StateId> order_;  ///< made first first
};

}  // namespace hearth::grammar
