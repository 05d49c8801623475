#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grammar/automaton.h"

namespace hearth::grammar {

/// An automaton while it is made: edges of each state in order, classes from 1 on (Alphabet), state 0 dead.
/// What has no edge is dead.
struct DfaTable {
  struct Edge {
    uint32_t class_id;
    StateId next;

    bool operator==(const Edge&) const = default;
  };

  uint32_t num_classes = 1;  ///< with class 0
  StateId start = kDeadState;
  std::vector<bool> accepting{false};      ///< by state
  std::vector<uint32_t> edge_begin{0, 0};  ///< [num_states + 1]
  std::vector<Edge> edges;                 ///< of a state sorted by class, none to kDeadState

  uint32_t num_states() const { return uint32_t(accepting.size()); }
  std::span<const Edge> edges_of(StateId state) const {
    return std::span(edges).subspan(edge_begin[state], edge_begin[state + 1] - edge_begin[state]);
  }
  /// Closes the edges that were added last as those of a new state.
  StateId add_state(bool accepts) {
    accepting.push_back(accepts);
    edge_begin.push_back(uint32_t(edges.size()));
    return num_states() - 1;
  }
};

/// Without states that cannot be reached, or from which nothing is accepted; where the start is such a one,
/// it is kDeadState and no state is left.
DfaTable trimmed(const DfaTable& table);

/// The least automaton of the same language, trimmed; states in the order in which a breadth-first search
/// meets them. A. Valmari, "Fast brief practical DFA minimization" (2012): O(edges * log states).
DfaTable minimized(const DfaTable& table);

/// Of each state of a trimmed table: how many edges there are at least to a state that accepts, and at most:
/// kEndlessRest where there is no bound.
inline constexpr uint32_t kEndlessRest = UINT32_MAX;
std::vector<uint32_t> least_rests(const DfaTable& table);
std::vector<uint32_t> longest_rests(const DfaTable& table);

}  // namespace hearth::grammar
