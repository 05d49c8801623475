#include "grammar/regex/text_dfa.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// A class for each class: those are one whose edges lead alike from every state.
std::vector<uint32_t> merged_classes(const DfaTable& table) {
  using Column = std::span<const std::pair<StateId, StateId>>;
  std::vector<uint32_t> begin(table.num_classes + 1);
  for (const DfaTable::Edge& edge : table.edges) ++begin[edge.class_id];
  std::inclusive_scan(begin.begin(), begin.end(), begin.begin());
  std::vector<std::pair<StateId, StateId>> columns(table.edges.size());
  for (StateId state = table.num_states(); state-- > 0;)
    for (const auto& [class_id, next] : table.edges_of(state)) columns[--begin[class_id]] = {state, next};

  const auto column_of = [&](uint32_t c) {
    return Column(columns).subspan(begin[c], begin[c + 1] - begin[c]);
  };
  std::unordered_multimap<uint64_t, uint32_t> seen;
  std::vector<uint32_t> merged(table.num_classes);
  for (uint32_t c = 1; c < table.num_classes; ++c) {
    uint64_t hash = 0;
    for (const auto& [state, next] : column_of(c))
      hash = (hash ^ (uint64_t(state) << 32 | next)) * 0x9E3779B97F4A7C15, hash ^= hash >> 29;
    merged[c] = c;
    const auto [first, last] = seen.equal_range(hash);
    const auto same = std::find_if(first, last, [&](const auto& entry) {
      return std::ranges::equal(column_of(entry.second), column_of(c));
    });
    if (same != last)
      merged[c] = same->second;
    else
      seen.emplace(hash, c);
  }
  return merged;
}

}  // namespace

TextDfa TextDfa::of_minimal(const Alphabet& alphabet, const DfaTable& table) {
  TextDfa dfa;
  const std::vector<uint32_t> merged = merged_classes(table);
  dfa.alphabet_ = alphabet.merged(merged);
  // The new number of each class that is left, and none for the others.
  std::vector<uint32_t> numbers(table.num_classes, Alphabet::kNoClass);
  for (uint32_t c = 1; c < table.num_classes; ++c)
    if (merged[c] == c) numbers[c] = dfa.alphabet_.class_of(alphabet.representative(c));
  DfaTable small;
  small.num_classes = dfa.alphabet_.num_classes();
  small.start = table.start;
  small.accepting = table.accepting;
  for (StateId state = 1; state < table.num_states(); ++state) {
    const size_t first = small.edges.size();
    for (const auto& [class_id, next] : table.edges_of(state))
      if (numbers[class_id] != Alphabet::kNoClass) small.edges.push_back({numbers[class_id], next});
    std::ranges::sort(small.edges.begin() + ptrdiff_t(first), small.edges.end(), {},
                      &DfaTable::Edge::class_id);
    small.edge_begin.push_back(uint32_t(small.edges.size()));
  }
  dfa.start_ = small.start;
  dfa.least_rest_ = least_rests(small);
  dfa.longest_rest_ = longest_rests(small);
  dfa.keep_edges(std::move(small));
  return dfa;
}

void TextDfa::keep_edges(DfaTable table) {
  const uint32_t num_classes = alphabet_.num_classes();
  for (StateId state = 1; state < table.num_states(); ++state) {
    const auto edges = table.edges_of(state);
    const bool all =
        table.accepting[state] && edges.size() + 1 == num_classes &&
        std::ranges::all_of(edges, [&](const DfaTable::Edge& edge) { return edge.next == state; });
    if (all) all_ = state;
  }
  find_endless(table);
  accepting_ = std::move(table.accepting);
  const size_t area = size_t(num_states()) * num_classes;
  if (area <= 4096 || area / 4 <= table.edges.size()) {
    dense_.assign(area, kDeadState);
    for (StateId state = 1; state < num_states(); ++state)
      for (const auto& [class_id, next] : table.edges_of(state))
        dense_[size_t(state) * num_classes + class_id] = next;
    return;
  }
  for (const DfaTable::Edge& edge : table.edges) {
    edge_classes_.push_back(uint16_t(edge.class_id));
    edge_targets_.push_back(edge.next);
  }
  edge_begin_ = std::move(table.edge_begin);
}

void TextDfa::find_endless(const DfaTable& table) {
  // All states but those from which one is reached that lacks an edge.
  std::vector<std::vector<StateId>> before(table.num_states());
  std::vector<StateId> ending;
  goes_on_.assign(table.num_states(), true);
  const auto end = [&](StateId state) {
    if (goes_on_[state]) ending.push_back(state);
    goes_on_[state] = false;
  };
  goes_on_[kDeadState] = false;
  for (StateId state = 1; state < table.num_states(); ++state) {
    for (const DfaTable::Edge& edge : table.edges_of(state)) before[edge.next].push_back(state);
    if (table.edges_of(state).size() + 1 != alphabet_.num_classes()) end(state);
  }
  while (!ending.empty()) {
    const StateId state = ending.back();
    ending.pop_back();
    for (const StateId from : before[state]) end(from);
  }
}

StateId TextDfa::step_sparse(StateId state, uint32_t class_id) const {
  const auto first = edge_classes_.begin() + edge_begin_[state];
  const auto last = edge_classes_.begin() + edge_begin_[state + 1];
  const auto edge = std::lower_bound(first, last, class_id);
  return edge != last && *edge == class_id ? edge_targets_[size_t(edge - edge_classes_.begin())] : kDeadState;
}

Loop TextDfa::loop(StateId state) const {
  const LoopSet set = steps_between(state, state);
  return {set, set.empty() ? 0 : Loop::kEndless};
}

LoopSet TextDfa::steps_between(StateId from, StateId to) const {
  LoopSet set;
  std::vector<uint32_t> beyond;
  for_each_edge(from, [&](uint32_t class_id, StateId next) {
    if (next != to) return;
    set.ascii |= alphabet_.ascii(class_id);
    if (alphabet_.is_beyond_ascii(class_id)) beyond.push_back(class_id);
  });
  set.beyond_ascii = beyond.size() == alphabet_.num_beyond_ascii();
  if (!set.beyond_ascii && !beyond.empty())
    set.beyond = std::make_shared<const CodePointSet>(alphabet_.beyond_ascii(beyond));
  return set;
}

uint32_t TextDfa::alike_depth(StateId a, StateId b) const {
  std::call_once(alike_->once, [&] { alike_->states.emplace(*this); });
  return alike_->states->depth(a, b);
}

bool TextDfa::matches(std::string_view text) const {
  StateId state = start_;
  while (!text.empty() && state != kDeadState) {
    const Utf8Step code_point = next_utf8(text);
    if (code_point.code_point == Utf8Step::kBadByte) return false;
    state = step(state, code_point.code_point);
    text.remove_prefix(code_point.size);
  }
  return state != kDeadState && accepts(state);
}

size_t TextDfa::memory_size() const {
  // What is made later is counted as if it were there.
  return sizeof(*this) + sizeof(LazyAlike) + 8 * num_states() * sizeof(uint32_t) + alphabet_.memory_size() +
         accepting_.capacity() / 8 +
         (least_rest_.capacity() + longest_rest_.capacity() + dense_.capacity() + edge_begin_.capacity() +
          edge_targets_.capacity()) *
             sizeof(uint32_t) +
         edge_classes_.capacity() * sizeof(uint16_t);
}

}  // namespace hearth::grammar
