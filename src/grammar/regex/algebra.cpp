#include <algorithm>
#include <unordered_map>

#include "grammar/regex/languages.h"

namespace hearth::grammar {
namespace {

/// What a state of a product, or a subset, costs: it is looked up, and each of its edges.
constexpr uint64_t kUnitsForEdge = 4;

std::unexpected<Error> too_large(const Limits& limits) {
  return fail(ErrorCode::kResourceLimit, "two languages together need more than {} states or too much work",
              limits.max_dfa_states);
}

/// The pairs of states that are reached together. Where `both`, what is dead in one is dead.
template <typename Accepts>
Result<TextDfaPtr> product(const TextDfa& a, const TextDfa& b, bool both, const Limits& limits,
                           Accepts accepts) {
  const Alphabet* alphabets[] = {&a.alphabet(), &b.alphabet()};
  const JointAlphabet joint(alphabets);
  const auto pair_of = [](StateId x, StateId y) { return uint64_t(x) << 32 | y; };
  DfaTable table;
  table.num_classes = joint.num_classes() + 1;
  std::vector<std::pair<StateId, StateId>> pairs{{a.start(), b.start()}};
  std::unordered_map<uint64_t, StateId> ids{{pair_of(a.start(), b.start()), 1}};
  table.start = 1;
  Fuel fuel{limits.compile_fuel, false};
  StateId last = kDeadState;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto [x, y] = pairs[i];
    if (pairs.size() > limits.max_dfa_states || !fuel.take(kUnitsForEdge * joint.num_classes()))
      return too_large(limits);
    for (uint32_t c = 0; c < joint.num_classes(); ++c) {
      const StateId next_x = x == kDeadState ? x : a.step_class(x, joint.classes(c)[0]);
      const StateId next_y = y == kDeadState ? y : b.step_class(y, joint.classes(c)[1]);
      if (both ? next_x == kDeadState || next_y == kDeadState : next_x == kDeadState && next_y == kDeadState)
        continue;
      // Classes beside each other often lead alike.
      if (last == kDeadState || pairs[last - 1] != std::pair(next_x, next_y)) {
        const auto [entry, is_new] = ids.try_emplace(pair_of(next_x, next_y), StateId(pairs.size() + 1));
        if (is_new) pairs.emplace_back(next_x, next_y);
        last = entry->second;
      }
      table.edges.push_back({c + 1, last});
    }
    table.add_state(accepts(a.accepts(x), b.accepts(y)));
  }
  return std::make_shared<const TextDfa>(Alphabet::of(joint), table);
}

}  // namespace

Result<TextDfaPtr> united(const TextDfa& a, const TextDfa& b, const Limits& limits) {
  return product(a, b, false, limits, [](bool x, bool y) { return x || y; });
}

Result<TextDfaPtr> intersected(const TextDfa& a, const TextDfa& b, const Limits& limits) {
  return product(a, b, true, limits, [](bool x, bool y) { return x && y; });
}

TextDfaPtr complement(const TextDfa& language) {
  // The dead state becomes the last one, from which everything is accepted.
  DfaTable table;
  table.num_classes = language.alphabet().num_classes();
  const StateId all = language.num_states();
  const auto target = [all](StateId state) { return state == kDeadState ? all : state; };
  table.start = target(language.start());
  for (StateId state = 1; state <= all; ++state) {
    for (uint32_t c = 1; c < table.num_classes; ++c)
      table.edges.push_back({c, state == all ? all : target(language.step_class(state, c))});
    table.add_state(state == all || !language.accepts(state));
  }
  return std::make_shared<const TextDfa>(language.alphabet(), table);
}

Result<TextDfaPtr> concatenated(const TextDfa& a, const TextDfa& b, const Limits& limits) {
  const Alphabet* alphabets[] = {&a.alphabet(), &b.alphabet()};
  const JointAlphabet joint(alphabets);
  // A state of `a`, behind it the states of `b` that later ends of `a` have led to, sorted.
  using Subset = std::u32string;
  const auto finish = [&](Subset& subset) {
    if (a.accepts(subset[0]) && !b.empty()) subset.push_back(b.start());
    if (subset.size() <= 2) return;
    std::sort(subset.begin() + 1, subset.end());
    subset.erase(std::unique(subset.begin() + 1, subset.end()), subset.end());
  };
  DfaTable table;
  table.num_classes = joint.num_classes() + 1;
  table.start = 1;
  Subset next(1, a.start());
  finish(next);
  std::vector<Subset> subsets{next};
  std::unordered_map<Subset, StateId> ids{{next, 1}};
  Fuel fuel{limits.compile_fuel, false};
  for (size_t i = 0; i < subsets.size(); ++i) {
    const Subset subset = subsets[i];
    if (subsets.size() > limits.max_dfa_states ||
        !fuel.take(kUnitsForEdge * joint.num_classes() * subset.size()))
      return too_large(limits);
    for (uint32_t c = 0; c < joint.num_classes(); ++c) {
      next.assign(1, subset[0] == kDeadState ? kDeadState : a.step_class(subset[0], joint.classes(c)[0]));
      for (size_t j = 1; j < subset.size(); ++j)
        if (const StateId state = b.step_class(subset[j], joint.classes(c)[1]); state != kDeadState)
          next.push_back(state);
      if (next[0] == kDeadState && next.size() == 1) continue;
      finish(next);
      const auto [entry, is_new] = ids.try_emplace(next, StateId(subsets.size() + 1));
      if (is_new) subsets.push_back(next);
      table.edges.push_back({c + 1, entry->second});
    }
    table.add_state(
        std::any_of(subset.begin() + 1, subset.end(), [&](StateId state) { return b.accepts(state); }));
  }
  return std::make_shared<const TextDfa>(Alphabet::of(joint), table);
}

Result<TextDfaPtr> length_language(uint64_t least, uint64_t most, const Limits& limits) {
  const uint64_t last = most == UINT64_MAX ? least : most;
  if (last > limits.max_dfa_states)
    return fail(ErrorCode::kResourceLimit, "a length of {} is above the limit of {} states", last,
                limits.max_dfa_states);
  DfaTable table;
  table.num_classes = 2;
  table.start = 1;
  for (uint64_t length = 0; length <= last; ++length) {
    if (length < last || most == UINT64_MAX)
      table.edges.push_back({1, StateId(std::min(length + 1, last) + 1)});
    table.add_state(length >= least);
  }
  return std::make_shared<const TextDfa>(Alphabet(), table);
}

}  // namespace hearth::grammar
