#include "grammar/regex/dfa_table.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace hearth::grammar {
namespace {

/// Edges by the state that they lead to: `edges[begin[s]]` to `edges[begin[s + 1]]` are indices of those into
/// s.
struct Incoming {
  explicit Incoming(const DfaTable& table) : begin(table.num_states() + 1), edges(table.edges.size()) {
    for (const DfaTable::Edge& edge : table.edges) ++begin[edge.next];
    std::inclusive_scan(begin.begin(), begin.end(), begin.begin());
    for (size_t i = table.edges.size(); i-- > 0;) edges[--begin[table.edges[i].next]] = uint32_t(i);
  }
  std::span<const uint32_t> into(StateId state) const {
    return std::span(edges).subspan(begin[state], begin[state + 1] - begin[state]);
  }

  std::vector<uint32_t> begin, edges;
};

std::vector<StateId> sources_of(const DfaTable& table) {
  std::vector<StateId> sources(table.edges.size());
  for (StateId state = 0; state < table.num_states(); ++state)
    std::fill(sources.begin() + table.edge_begin[state], sources.begin() + table.edge_begin[state + 1],
              state);
  return sources;
}

/// The states from which something is accepted.
std::vector<bool> live_states(const DfaTable& table) {
  const Incoming incoming(table);
  const std::vector<StateId> sources = sources_of(table);
  std::vector<bool> live = table.accepting;
  std::vector<StateId> open;
  for (StateId state = 1; state < table.num_states(); ++state)
    if (live[state]) open.push_back(state);
  while (!open.empty()) {
    const StateId state = open.back();
    open.pop_back();
    for (const uint32_t edge : incoming.into(state)) {
      if (live[sources[edge]]) continue;
      live[sources[edge]] = true;
      open.push_back(sources[edge]);
    }
  }
  live[kDeadState] = false;
  return live;
}

/// The states that a breadth-first search meets, renumbered in that order; of each state only the edges to
/// states that `block_of` gives a block, and blocks in place of states.
DfaTable quotient(const DfaTable& table, std::span<const StateId> block_of, size_t num_blocks) {
  DfaTable result;
  result.num_classes = table.num_classes;
  if (block_of[table.start] == kDeadState) return result;
  std::vector<StateId> number(num_blocks + 1, kDeadState);
  std::vector<StateId> order{table.start};  // a state of each block
  number[block_of[table.start]] = result.start = 1;
  for (size_t i = 0; i < order.size(); ++i) {
    const StateId state = order[i];
    for (const auto& [class_id, next] : table.edges_of(state)) {
      const StateId block = block_of[next];
      if (block == kDeadState) continue;
      if (number[block] == kDeadState) {
        order.push_back(next);
        number[block] = StateId(order.size());
      }
      result.edges.push_back({class_id, number[block]});
    }
    result.add_state(table.accepting[state]);
  }
  return result;
}

/// A partition of 0 to size - 1 whose sets are split by marking elements.
class Partition {
 public:
  /// Sets as they stand in `elements` one after the other; a new one begins at each of `firsts`.
  Partition(std::vector<uint32_t> elements, std::span<const uint32_t> firsts)
      : elements_(std::move(elements)), place_(elements_.size()), set_of_(elements_.size()) {
    for (size_t set = 0; set < firsts.size(); ++set) {
      const uint32_t end = set + 1 < firsts.size() ? firsts[set + 1] : uint32_t(elements_.size());
      sets_.push_back({firsts[set], end, 0});
      for (uint32_t i = firsts[set]; i < end; ++i) {
        place_[elements_[i]] = i;
        set_of_[elements_[i]] = uint32_t(set);
      }
    }
  }

  size_t num_sets() const { return sets_.size(); }
  uint32_t set_of(uint32_t element) const { return set_of_[element]; }
  std::span<const uint32_t> set(size_t set) const {
    return std::span(elements_).subspan(sets_[set].first, sets_[set].end - sets_[set].first);
  }

  void mark(uint32_t element) {
    Set& set = sets_[set_of_[element]];
    const uint32_t target = set.first + set.num_marked;
    const uint32_t from = place_[element];
    if (from < target) return;
    std::swap(elements_[from], elements_[target]);
    place_[elements_[from]] = from;
    place_[element] = target;
    if (set.num_marked++ == 0) touched_.push_back(set_of_[element]);
  }

  /// Each set with both marked and other elements becomes two; the smaller part is the new set.
  void split() {
    for (const uint32_t index : touched_) {
      Set& set = sets_[index];
      const uint32_t middle = set.first + std::exchange(set.num_marked, 0);
      if (middle == set.end) continue;
      Set part{};
      if (middle - set.first <= set.end - middle) {
        part = {set.first, middle, 0};
        set.first = middle;
      } else {
        part = {middle, set.end, 0};
        set.end = middle;
      }
      for (uint32_t i = part.first; i < part.end; ++i) set_of_[elements_[i]] = uint32_t(sets_.size());
      sets_.push_back(part);
    }
    touched_.clear();
  }

 private:
  struct Set {
    uint32_t first, end, num_marked;
  };

  std::vector<uint32_t> elements_;  ///< those of a set beside each other, the marked ones first
  std::vector<uint32_t> place_, set_of_;
  std::vector<Set> sets_;
  std::vector<uint32_t> touched_;
};

}  // namespace

DfaTable trimmed(const DfaTable& table) {
  const std::vector<bool> live = live_states(table);
  std::vector<StateId> blocks(table.num_states());
  for (StateId state = 0; state < table.num_states(); ++state)
    blocks[state] = live[state] ? state : kDeadState;
  return quotient(table, blocks, table.num_states());
}

DfaTable minimized(const DfaTable& untrimmed) {
  const DfaTable table = trimmed(untrimmed);
  const uint32_t num_states = table.num_states();
  if (table.start == kDeadState) return table;

  // Blocks of states, which become the states of the result. The dead state is in one of its own.
  std::vector<uint32_t> states(num_states);
  std::iota(states.begin(), states.end(), 0);
  const auto others =
      std::partition(states.begin() + 1, states.end(), [&](StateId state) { return table.accepting[state]; });
  std::vector<uint32_t> firsts{0, 1};
  if (others != states.end()) firsts.push_back(uint32_t(others - states.begin()));
  Partition blocks(std::move(states), firsts);

  // Cords: sets of edges of one class into one block. A block is split by the states that a cord comes from.
  std::vector<uint32_t> edges(table.edges.size());
  std::vector<uint32_t> begin(table.num_classes + 1);
  for (const DfaTable::Edge& edge : table.edges) ++begin[edge.class_id];
  std::inclusive_scan(begin.begin(), begin.end(), begin.begin());
  for (size_t i = table.edges.size(); i-- > 0;) edges[--begin[table.edges[i].class_id]] = uint32_t(i);
  firsts.clear();
  for (uint32_t c = 0; c < table.num_classes; ++c)
    if (begin[c] < begin[c + 1]) firsts.push_back(begin[c]);
  Partition cords(std::move(edges), firsts);

  const Incoming incoming(table);
  const std::vector<StateId> sources = sources_of(table);
  size_t block = 1;
  const auto split_cords = [&] {
    for (; block < blocks.num_sets(); ++block) {
      for (const uint32_t state : blocks.set(block))
        for (const uint32_t edge : incoming.into(state)) cords.mark(edge);
      cords.split();
    }
  };
  split_cords();
  for (size_t cord = 0; cord < cords.num_sets(); ++cord) {
    for (const uint32_t edge : cords.set(cord)) blocks.mark(sources[edge]);
    blocks.split();
    split_cords();
  }

  std::vector<StateId> block_of(num_states);
  for (StateId state = 1; state < num_states; ++state) block_of[state] = blocks.set_of(state);
  return quotient(table, block_of, blocks.num_sets());
}

std::vector<uint32_t> least_rests(const DfaTable& table) {
  const Incoming incoming(table);
  const std::vector<StateId> sources = sources_of(table);
  std::vector<uint32_t> rests(table.num_states(), kEndlessRest);
  std::vector<StateId> open;
  for (StateId state = 1; state < table.num_states(); ++state) {
    if (!table.accepting[state]) continue;
    rests[state] = 0;
    open.push_back(state);
  }
  for (size_t i = 0; i < open.size(); ++i) {
    for (const uint32_t edge : incoming.into(open[i])) {
      uint32_t& rest = rests[sources[edge]];
      if (rest != kEndlessRest) continue;
      rest = rests[open[i]] + 1;
      open.push_back(sources[edge]);
    }
  }
  return rests;
}

std::vector<uint32_t> longest_rests(const DfaTable& table) {
  const Incoming incoming(table);
  const std::vector<StateId> sources = sources_of(table);
  std::vector<uint32_t> rests(table.num_states(), kEndlessRest), longest(table.num_states(), 0);
  std::vector<uint32_t> num_out(table.num_states());
  std::vector<StateId> open;  // from the ends backwards: states on a circle, or before one, are never met
  for (StateId state = 1; state < table.num_states(); ++state) {
    num_out[state] = table.edge_begin[state + 1] - table.edge_begin[state];
    if (num_out[state] == 0) open.push_back(state);
  }
  for (size_t i = 0; i < open.size(); ++i) {
    rests[open[i]] = longest[open[i]];
    for (const uint32_t edge : incoming.into(open[i])) {
      const StateId source = sources[edge];
      longest[source] = std::max(longest[source], rests[open[i]] + 1);
      if (--num_out[source] == 0) open.push_back(source);
    }
  }
  return rests;
}

}  // namespace hearth::grammar
