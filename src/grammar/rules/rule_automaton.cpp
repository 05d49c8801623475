#include "grammar/rules/rule_automaton.h"

#include <algorithm>
#include <utility>

#include "grammar/rules/rule_automaton_making.h"

namespace hearth::grammar {
namespace {

using NodeKind = RuleProgram::NodeKind;
using TerminalKind = RuleProgram::TerminalKind;

/// How often the part of a repeat was read after one more; where there is no upper bound, counting ends at
/// the lower one.
uint32_t next_count(const RuleProgram::Node& node, uint32_t count) {
  return node.max == RuleProgram::kUnbounded ? std::min(count + 1, node.min) : count + 1;
}

}  // namespace

RuleAutomaton::RuleAutomaton(std::shared_ptr<const RuleProgram> program)
    : program_(std::move(program)), nested_(program_->grammars.size()), making_(std::make_unique<Making>()) {}

RuleAutomaton::~RuleAutomaton() = default;

StateId RuleAutomaton::start() {
  if (start_ != kDeadState) return start_;
  const Caller whole_text{RuleProgram::kAccept, 0, 0};
  const CallersId callers = callers_.intern({&whole_text, 1});
  making_->begin(program_->rules.size());
  making_->work.push_back({program_->rules[program_->root].start, callers, 0, 0});
  close();
  start_ = finish_state();
  return start_;
}

StateId RuleAutomaton::step(StateId state, uint8_t byte) {
  const StateId known = steps_.find(state, byte);
  return known != StepTable::kUnknown ? known : compute(state, byte);
}

bool RuleAutomaton::accepts(StateId state) {
  // Threads are sorted, and no node comes before kAccept.
  return state != kDeadState && states_[state - 1].front().node == RuleProgram::kAccept;
}

StateId RuleAutomaton::compute(StateId state, uint8_t byte) {
  if (state == kDeadState) return kDeadState;
  making_->begin(program_->rules.size());
  const auto threads = states_[state - 1];
  if (!fuel().take(1 + threads.size())) return kDeadState;
  for (const Thread& thread : threads) step_thread(thread, byte);
  close();
  const StateId target = finish_state();
  if (!fuel().exhausted) steps_.set(state, byte, target);
  return target;
}

/// Sorts, and drops what is there twice or says nothing new: of two counts of one repeat that may both stop,
/// the higher one reads no text that the lower one does not; where there is no upper bound, the other way.
template <typename T>
void RuleAutomaton::tidy(std::vector<T>& list) const {
  sort_unique(list);
  const auto says_nothing_new = [&](const T& a, const T& b) {
    T same = a;
    same.count = b.count;
    if (same != b) return false;
    const auto& node = program_->nodes[a.node];
    return node.max == RuleProgram::kUnbounded || a.count >= node.min;
  };
  size_t size = 0;
  for (const T& next : list) {
    if (size == 0 || !says_nothing_new(list[size - 1], next)) {
      list[size++] = next;
    } else if (program_->nodes[next.node].max == RuleProgram::kUnbounded) {
      list[size - 1] = next;
    }
  }
  list.resize(size);
}

void RuleAutomaton::step_thread(const Thread& thread, uint8_t byte) {
  const auto& node = program_->nodes[thread.node];
  if (node.kind == NodeKind::kAccept) return;
  const auto& terminal = program_->terminals[node.first];
  auto keep = [&](uint32_t inside) {
    making_->threads.push_back({thread.node, thread.callers, inside, thread.count});
  };
  switch (terminal.kind) {
    case TerminalKind::kBytes:
      if (terminal.bytes[byte]) behind_terminal(thread);
      return;
    case TerminalKind::kLiteral:
      if (uint8_t(program_->literals[terminal.first + thread.inside]) != byte) return;
      if (thread.inside + 1 == terminal.size) return behind_terminal(thread);
      return keep(thread.inside + 1);
    case TerminalKind::kDfa: {
      const ByteDfa& dfa = program_->dfas[terminal.first];
      const auto inside = dfa.step(ByteDfa::State(thread.inside), byte);
      if (dfa.accepts(inside)) behind_terminal(thread);
      if (dfa.goes_on(inside)) keep(inside);
      return;
    }
    case TerminalKind::kNested: {
      Automaton& automaton = nested(terminal.first);
      const StateId inside = automaton.step(thread.inside, byte);
      if (inside == kDeadState) return;
      keep(inside);
      if (automaton.accepts(inside)) behind_terminal(thread);
      return;
    }
  }
}

void RuleAutomaton::behind_terminal(const Thread& thread) {
  const auto& node = program_->nodes[thread.node];
  if (node.kind == NodeKind::kTerminal) {
    making_->work.push_back({node.next, thread.callers, 0, 0});
  } else {
    making_->work.push_back({thread.node, thread.callers, 0, next_count(node, thread.count)});
  }
}

/// Follows what reads nothing until every thread waits for a byte. Each place is visited once, so circles
/// end.
void RuleAutomaton::close() {
  Making& making = *making_;
  while (!making.work.empty()) {
    const Thread item = making.work.back();
    making.work.pop_back();
    if (!making.visited.insert({item.node, item.callers, item.count})) continue;
    if (!fuel().take()) return;
    visit(item);
  }
}

void RuleAutomaton::visit(const Thread& item) {
  Making& making = *making_;
  const auto& node = program_->nodes[item.node];
  auto go = [&](NodeId next) { making.work.push_back({next, item.callers, 0, 0}); };
  switch (node.kind) {
    case NodeKind::kAccept:
      making.threads.push_back({});
      return;
    case NodeKind::kEnd:
      // Where the rule was called at this byte, it read nothing, and visit() has gone on behind the call.
      if ((item.callers & kBeingMade) != 0) return;
      for (const Caller& caller : callers_[item.callers]) {
        making.work.push_back({caller.node, caller.callers, 0, caller.count});
      }
      return;
    case NodeKind::kJump:
      return go(node.next);
    case NodeKind::kSplit:
      for (uint32_t i = 0; i < node.count; ++i) go(program_->targets[node.first + i]);
      return;
    case NodeKind::kTerminal:
      return enter_terminal(item);
    case NodeKind::kRepeatTerminal:
      if (item.count >= node.min) go(node.next);
      if (item.count < node.max) enter_terminal(item);
      return;
    case NodeKind::kCall:
      if (program_->rules[node.first].nullable) go(node.next);
      return call(node.first, {node.next, item.callers, 0});
    case NodeKind::kRepeatCall: {
      if (item.count >= node.min) go(node.next);
      if (item.count < node.max) call(node.first, {item.node, item.callers, next_count(node, item.count)});
      return;
    }
  }
}

void RuleAutomaton::enter_terminal(const Thread& item) {
  const auto& node = program_->nodes[item.node];
  const auto& terminal = program_->terminals[node.first];
  Thread thread = item;
  if (terminal.kind == TerminalKind::kDfa) thread.inside = ByteDfa::kStart;
  if (terminal.kind == TerminalKind::kNested) thread.inside = nested(terminal.first).start();
  if (terminal.nullable) making_->work.push_back({node.next, item.callers, 0, 0});
  if (terminal.kind == TerminalKind::kNested && thread.inside == kDeadState) return;
  making_->threads.push_back(thread);
}

void RuleAutomaton::call(uint32_t rule, const Caller& caller) {
  Making& making = *making_;
  const auto& called = program_->rules[rule];
  auto [set, is_new] = making.callers_of(rule);
  if (is_new) making.work.push_back({called.start, kBeingMade | rule, 0, 0});
  if (caller.node != RuleProgram::kEnd) {
    set->callers.push_back(caller);
    return;
  }
  // The caller ends with this call: its own callers are whom the rule goes back to. In a circle that set may
  // not be there before this one.
  if ((caller.callers & kBeingMade) == 0) {
    set->included.push_back(caller.callers);
    return;
  }
  const uint32_t outer = caller.callers & ~kBeingMade;
  if (outer == rule) return;
  if (program_->rules[outer].group == called.group) {
    set->callers.push_back(caller);
  } else {
    set->included.push_back(caller.callers);
  }
}

RuleAutomaton::CallersId RuleAutomaton::finished(CallersId callers) const {
  return (callers & kBeingMade) == 0 ? callers : making_->callers_of(callers & ~kBeingMade).first->finished;
}

/// Interns the sets of callers that were begun at this byte, each behind those that it may hold.
void RuleAutomaton::finish_callers() {
  Making& making = *making_;
  std::ranges::sort(making.called, {},
                    [&](uint32_t rule) { return std::pair(program_->rules[rule].group, rule); });
  const std::span<const uint32_t> called = making.called;
  for (size_t first = 0, last = 0; first < called.size(); first = last) {
    const uint32_t group = program_->rules[called[first]].group;
    while (last < called.size() && program_->rules[called[last]].group == group) ++last;
    for (size_t i = first; i < last; ++i) {
      auto& set = *making.callers_of(called[i]).first;
      for (const CallersId included : set.included) {
        const auto more = callers_[finished(included)];
        if (!fuel().take(more.size())) return;
        set.callers.insert(set.callers.end(), more.begin(), more.end());
      }
    }
    if (finish_circle(called.subspan(first, last - first))) continue;
    for (size_t i = first; i < last; ++i) {
      auto& set = *making.callers_of(called[i]).first;
      for (Caller& caller : set.callers) caller.callers = finished(caller.callers);
      tidy(set.callers);
      set.finished = callers_.intern(set.callers);
    }
  }
}

/// Of rules that call each other before they read: where their sets hold each other, interns them together.
/// In the key, kBeingMade and a place among them stands for one of them.
bool RuleAutomaton::finish_circle(std::span<const uint32_t> rules) {
  Making& making = *making_;
  if (!program_->rules[rules[0]].left_recursive) return false;
  for (uint32_t i = 0; i < rules.size(); ++i) making.callers_of(rules[i]).first->place = i;
  const uint32_t group = program_->rules[rules[0]].group;
  bool is_circle = false;
  for (const uint32_t rule : rules) {
    auto& set = *making.callers_of(rule).first;
    for (Caller& caller : set.callers) {
      const uint32_t outer = caller.callers & ~kBeingMade;
      if ((caller.callers & kBeingMade) == 0) continue;
      if (program_->rules[outer].group != group) {
        caller.callers = finished(caller.callers);
      } else {
        is_circle = true;
      }
    }
  }
  if (!is_circle) return false;
  std::vector<std::vector<Caller>> sets;
  for (const uint32_t rule : rules) {
    auto& callers = sets.emplace_back(std::move(making.callers_of(rule).first->callers));
    for (Caller& caller : callers) {
      if ((caller.callers & kBeingMade) == 0) continue;
      caller.callers = kBeingMade | making.callers_of(caller.callers & ~kBeingMade).first->place;
    }
    tidy(callers);
  }
  const CallersId first = intern_circle(rules, sets);
  for (uint32_t i = 0; i < rules.size(); ++i) making.callers_of(rules[i]).first->finished = first + i;
  return true;
}

RuleAutomaton::CallersId RuleAutomaton::intern_circle(std::span<const uint32_t> rules,
                                                      std::span<const std::vector<Caller>> sets) {
  std::vector<uint32_t> key;
  for (size_t i = 0; i < rules.size(); ++i) {
    key.insert(key.end(), {rules[i], uint32_t(sets[i].size())});
    for (const Caller& caller : sets[i]) key.insert(key.end(), {caller.node, caller.callers, caller.count});
  }
  const uint32_t id = circle_keys_.intern(key);
  if (id < circles_.size()) return circles_[id].first;
  const CallersId first = CallersId(callers_.size());
  for (std::vector<Caller> set : sets) {
    for (Caller& caller : set) {
      if ((caller.callers & kBeingMade) != 0) caller.callers = first + (caller.callers & ~kBeingMade);
    }
    callers_.append(set);
  }
  circles_.push_back({first, {rules.begin(), rules.end()}});
  return first;
}

StateId RuleAutomaton::finish_state() {
  Making& making = *making_;
  if (!fuel().exhausted) finish_callers();
  if (making.threads.size() > kMaxThreads) fuel().exhausted = true;
  if (fuel().exhausted || making.threads.empty()) return kDeadState;
  for (Thread& thread : making.threads) thread.callers = finished(thread.callers);
  tidy(making.threads);
  return states_.intern(making.threads) + 1;
}

Automaton& RuleAutomaton::nested(uint32_t index) {
  auto& automaton = nested_[index];
  if (automaton == nullptr) automaton = program_->grammars[index]->make_automaton();
  automaton->share_fuel(fuel());
  return *automaton;
}

}  // namespace hearth::grammar
