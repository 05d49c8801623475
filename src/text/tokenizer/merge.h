#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hearth {

/// A piece of a word while it is merged: bytes [begin, begin + size) and what they are, by the model's own
/// numbering (-1: nothing known).
struct Symbol {
  int32_t id;
  uint32_t begin;
  uint32_t size;
};

/// What two neighbours become, and how early: the lowest rank first, the leftmost of equals.
struct Merge {
  static constexpr uint32_t kNone = ~uint32_t(0);
  uint32_t rank = kNone;
  int32_t id = -1;
};

/// Merges neighbours until none may be: byte pair encoding (Sennrich et al. 2016). Reusable work space, one
/// thread at a time. Short words scan for the best pair, which is quadratic but fastest; long ones keep a
/// heap.
class Merger {
 public:
  std::vector<Symbol> symbols;  ///< in: the smallest pieces; out: what they became

  /// `find(left, right)` gives the Merge of two neighbours.
  template <typename Find>
  void run(Find find) {
    if (symbols.size() < 2) return;
    if (symbols.size() <= kMaxScanned) {
      scan(find);
    } else {
      sift(find);
    }
  }

 private:
  static constexpr size_t kMaxScanned = 40;

  struct Candidate {
    Merge merge;
    uint32_t left;
    uint32_t size;  ///< of both: tells whether one has changed since

    bool operator<(const Candidate& other) const {  // std heaps have the greatest first
      return merge.rank != other.merge.rank ? merge.rank > other.merge.rank : left > other.left;
    }
  };

  template <typename Find>
  void scan(Find find) {
    Merge merges[kMaxScanned];
    size_t num = symbols.size();
    for (size_t i = 0; i + 1 < num; ++i) merges[i] = find(symbols[i], symbols[i + 1]);
    while (num > 1) {
      size_t best = 0;
      for (size_t i = 1; i + 1 < num; ++i) {
        if (merges[i].rank < merges[best].rank) best = i;
      }
      if (merges[best].rank == Merge::kNone) break;
      symbols[best].id = merges[best].id;
      symbols[best].size += symbols[best + 1].size;
      --num;
      for (size_t i = best + 1; i < num; ++i) {
        symbols[i] = symbols[i + 1];
        merges[i - 1] = merges[i];
      }
      if (best > 0) merges[best - 1] = find(symbols[best - 1], symbols[best]);
      if (best + 1 < num) merges[best] = find(symbols[best], symbols[best + 1]);
    }
    symbols.resize(num);
  }

  template <typename Find>
  void sift(Find find) {
    const uint32_t num = uint32_t(symbols.size());
    constexpr uint32_t kEnd = ~uint32_t(0);
    previous_.resize(num);
    next_.resize(num);
    heap_.clear();
    const auto consider = [&](uint32_t left, uint32_t right) {
      const Merge merge = find(symbols[left], symbols[right]);
      if (merge.rank != Merge::kNone)
        heap_.push_back({merge, left, symbols[left].size + symbols[right].size});
      return merge.rank != Merge::kNone;
    };
    for (uint32_t i = 0; i < num; ++i) {
      previous_[i] = i == 0 ? kEnd : i - 1;
      next_[i] = i + 1 == num ? kEnd : i + 1;
      if (i + 1 < num) consider(i, i + 1);
    }
    std::make_heap(heap_.begin(), heap_.end());
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const Candidate best = heap_.back();
      heap_.pop_back();
      const uint32_t left = best.left, right = next_[left];
      // A symbol that was merged into its left neighbour has size 0.
      if (symbols[left].size == 0 || right == kEnd) continue;
      if (symbols[left].size + symbols[right].size != best.size) continue;
      symbols[left].id = best.merge.id;
      symbols[left].size = best.size;
      symbols[right].size = 0;
      next_[left] = next_[right];
      if (next_[left] != kEnd) previous_[next_[left]] = left;
      if (previous_[left] != kEnd && consider(previous_[left], left))
        std::push_heap(heap_.begin(), heap_.end());
      if (next_[left] != kEnd && consider(left, next_[left])) std::push_heap(heap_.begin(), heap_.end());
    }
    std::erase_if(symbols, [](const Symbol& symbol) { return symbol.size == 0; });
  }

  std::vector<uint32_t> previous_, next_;
  std::vector<Candidate> heap_;
};

}  // namespace hearth
