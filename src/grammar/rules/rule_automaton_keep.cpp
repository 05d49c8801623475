// Forgetting what is no longer needed.

#include <algorithm>
#include <utility>

#include "grammar/rules/rule_automaton.h"
#include "grammar/rules/rule_automaton_making.h"

namespace hearth::grammar {

/// The sets of callers that go on from these states; of a circle, all or none.
std::vector<bool> RuleAutomaton::kept_callers(std::span<const StateId> states) const {
  std::vector<uint32_t> circle_of(callers_.size(), UINT32_MAX);
  for (uint32_t circle = 0; circle < circles_.size(); ++circle) {
    for (size_t i = 0; i < circles_[circle].rules.size(); ++i) circle_of[circles_[circle].first + i] = circle;
  }
  std::vector<bool> kept(callers_.size());
  std::vector<CallersId> work;
  auto keep = [&](CallersId id) {
    if (kept[id]) return;
    kept[id] = true;
    work.push_back(id);
  };
  for (const StateId state : states) {
    for (const Thread& thread : states_[state - 1]) {
      if (thread.node != RuleProgram::kAccept) keep(thread.callers);
    }
  }
  while (!work.empty()) {
    const CallersId id = work.back();
    work.pop_back();
    for (const Caller& caller : callers_[id]) {
      if (caller.node != RuleProgram::kAccept) keep(caller.callers);
    }
    if (circle_of[id] == UINT32_MAX) continue;
    const Circle& circle = circles_[circle_of[id]];
    for (uint32_t i = 0; i < circle.rules.size(); ++i) keep(circle.first + i);
  }
  return kept;
}

/// Lets the nested automata forget too, and writes the new ids of their states into the threads.
void RuleAutomaton::keep_nested(std::vector<Thread>& threads) {
  std::vector<std::vector<StateId>> kept(nested_.size());
  auto automaton_of = [&](const Thread& thread) {
    return is_nested(thread) ? program_->terminals[program_->nodes[thread.node].first].first : UINT32_MAX;
  };
  for (const Thread& thread : threads) {
    if (const uint32_t index = automaton_of(thread); index != UINT32_MAX)
      kept[index].push_back(thread.inside);
  }
  std::vector<std::vector<StateId>> renamed(nested_.size());
  for (size_t i = 0; i < nested_.size(); ++i) {
    if (nested_[i] == nullptr) continue;
    sort_unique(kept[i]);
    renamed[i] = kept[i];
    nested_[i]->keep_only(renamed[i]);
  }
  for (Thread& thread : threads) {
    const uint32_t index = automaton_of(thread);
    if (index == UINT32_MAX) continue;
    const auto place = std::ranges::lower_bound(kept[index], thread.inside) - kept[index].begin();
    thread.inside = renamed[index][size_t(place)];
  }
}

void RuleAutomaton::keep_only(std::span<StateId> states) {
  std::vector<StateId> live(states.begin(), states.end());
  sort_unique(live);
  if (!live.empty() && live.front() == kDeadState) live.erase(live.begin());
  const std::vector<bool> kept = kept_callers(live);

  // New ids are in the order of the old ones, so sorted lists stay sorted.
  std::vector<CallersId> new_id(callers_.size());
  CallersId num_kept = 0;
  for (CallersId id = 0; id < kept.size(); ++id) new_id[id] = kept[id] ? num_kept++ : 0;
  const SpanTable<Caller> old_callers = std::exchange(callers_, {});
  const std::vector<Circle> old_circles = std::exchange(circles_, {});
  circle_keys_ = {};
  auto renamed = [&](CallersId id, const Circle* circle) {
    std::vector<Caller> set(old_callers[id].begin(), old_callers[id].end());
    for (Caller& caller : set) {
      const bool inside = circle != nullptr && caller.callers >= circle->first &&
                          caller.callers - circle->first < circle->rules.size();
      if (caller.node == RuleProgram::kAccept) continue;
      caller.callers = inside ? kBeingMade | (caller.callers - circle->first) : new_id[caller.callers];
    }
    return set;
  };
  auto circle = old_circles.begin();
  for (CallersId id = 0; id < kept.size(); ++id) {
    while (circle != old_circles.end() && circle->first + circle->rules.size() <= id) ++circle;
    if (!kept[id]) continue;
    if (circle == old_circles.end() || id < circle->first) {
      callers_.intern(renamed(id, nullptr));
      continue;
    }
    std::vector<std::vector<Caller>> sets;
    for (size_t i = 0; i < circle->rules.size(); ++i) sets.push_back(renamed(id + CallersId(i), &*circle));
    intern_circle(circle->rules, sets);
    id += CallersId(circle->rules.size() - 1);
  }

  std::vector<Thread> threads;
  std::vector<size_t> ends;
  for (const StateId state : live) {
    for (Thread thread : states_[state - 1]) {
      if (thread.node != RuleProgram::kAccept) thread.callers = new_id[thread.callers];
      threads.push_back(thread);
    }
    ends.push_back(threads.size());
  }
  keep_nested(threads);
  states_ = {};
  steps_ = {};
  loops_.clear();
  start_ = kDeadState;
  std::vector<StateId> new_state;
  size_t begin = 0;
  for (const size_t end : ends) {
    std::vector<Thread> list(threads.begin() + ptrdiff_t(begin), threads.begin() + ptrdiff_t(end));
    sort_unique(list);
    new_state.push_back(states_.intern(list) + 1);
    begin = end;
  }
  for (StateId& state : states) {
    if (state == kDeadState) continue;
    state = new_state[size_t(std::ranges::lower_bound(live, state) - live.begin())];
  }
}

size_t RuleAutomaton::memory_size() const {
  size_t size = sizeof(*this) + states_.memory_size() + callers_.memory_size() + circle_keys_.memory_size() +
                circles_.capacity() * sizeof(Circle) + steps_.memory_size() + making_->memory_size() +
                loops_.size() * (sizeof(Loop) + 4 * sizeof(void*));
  for (const auto& automaton : nested_) {
    if (automaton != nullptr) size += automaton->memory_size();
  }
  return size;
}

}  // namespace hearth::grammar
