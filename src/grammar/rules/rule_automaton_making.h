#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "grammar/rules/rule_automaton.h"

namespace hearth::grammar {

template <typename T>
void sort_unique(std::vector<T>& list) {
  if (list.size() < 2) return;
  std::ranges::sort(list);
  list.erase(std::ranges::unique(list).begin(), list.end());
}

/// What is needed while one state is made; kept from state to state for its memory.
struct RuleAutomaton::Making {
  /// Which places were visited: node, callers and count.
  class Visited {
   public:
    struct Key {
      uint32_t node, callers, count;
      bool operator==(const Key&) const = default;
    };

    void clear() {
      size_ = 0;
      if (++stamp_ != 0) return;
      slots_.assign(slots_.size(), {});
      stamp_ = 1;
    }

    size_t memory_size() const { return slots_.capacity() * sizeof(Slot); }

    /// False where it was there.
    bool insert(const Key& key) {
      if ((size_ + 1) * 2 > slots_.size()) grow();
      Slot& slot = find(key);
      if (slot.stamp == stamp_) return false;
      slot = {key, stamp_};
      ++size_;
      return true;
    }

   private:
    struct Slot {
      Key key{};
      uint32_t stamp = 0;
    };

    Slot& find(const Key& key) {
      uint64_t hash = (uint64_t(key.callers) << 32 | key.node) * 0x9E3779B97F4A7C15u;
      hash = (hash ^ (hash >> 29) ^ key.count) * 0xBF58476D1CE4E5B9u;
      size_t at = (hash >> 32) & (slots_.size() - 1);
      while (slots_[at].stamp == stamp_ && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
      return slots_[at];
    }

    void grow() {
      std::vector<Slot> old = std::move(slots_);
      slots_.assign(std::max<size_t>(64, old.size() * 2), {});
      for (const Slot& slot : old) {
        if (slot.stamp == stamp_) find(slot.key) = slot;
      }
    }

    std::vector<Slot> slots_;
    uint32_t stamp_ = 1;
    size_t size_ = 0;
  };

  /// Who calls a rule at this byte.
  struct CallerSet {
    std::vector<Caller> callers;
    std::vector<CallersId> included;  ///< sets whose callers are in it too
    CallersId finished = 0;
    uint32_t place = 0;  ///< in its circle
  };

  void begin(size_t num_rules) {
    work.clear();
    visited.clear();
    threads.clear();
    for (const uint32_t rule : called) slots[rule] = kNoSlot;
    called.clear();
    if (slots.size() < num_rules) slots.resize(num_rules, kNoSlot);
  }

  std::pair<CallerSet*, bool> callers_of(uint32_t rule) {
    uint32_t& slot = slots[rule];
    if (slot != kNoSlot) return {&sets[slot], false};
    slot = uint32_t(called.size());
    called.push_back(rule);
    if (sets.size() < called.size()) sets.emplace_back();
    sets[slot].callers.clear();
    sets[slot].included.clear();
    return {&sets[slot], true};
  }

  size_t memory_size() const {
    size_t size = sizeof(*this) + slots.capacity() * sizeof(uint32_t) + threads.capacity() * sizeof(Thread) +
                  work.capacity() * sizeof(Thread) + visited.memory_size();
    for (const CallerSet& set : sets) size += sizeof(set) + set.callers.capacity() * sizeof(Caller);
    return size;
  }

  std::vector<Thread> work;  ///< places to follow
  Visited visited;
  std::vector<Thread> threads;  ///< of the state, in any order
  std::vector<uint32_t> called;
  std::vector<uint32_t> slots;  ///< in `sets`, by rule
  std::vector<CallerSet> sets;

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;
};

}  // namespace hearth::grammar
