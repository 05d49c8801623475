// What a state of a RuleAutomaton says of many texts at once.

#include <algorithm>

#include "grammar/rules/rule_automaton.h"

namespace hearth::grammar {
namespace {

/// Well-formed UTF-8 above U+007F, by table 3-7 of the Unicode standard: a lead byte, a second byte, and how
/// many follow.
struct Utf8Form {
  uint8_t first_lead, last_lead, first_second, last_second, further;
};
constexpr Utf8Form kUtf8Forms[] = {{0xC2, 0xDF, 0x80, 0xBF, 0}, {0xE0, 0xE0, 0xA0, 0xBF, 1},
                                   {0xE1, 0xEC, 0x80, 0xBF, 1}, {0xED, 0xED, 0x80, 0x9F, 1},
                                   {0xEE, 0xEF, 0x80, 0xBF, 1}, {0xF0, 0xF0, 0x90, 0xBF, 2},
                                   {0xF1, 0xF3, 0x80, 0xBF, 2}, {0xF4, 0xF4, 0x80, 0x8F, 2}};

}  // namespace

Loop RuleAutomaton::loop(StateId state) {
  if (state == kDeadState) return {};
  if (const auto found = loops_.find(state); found != loops_.end()) return found->second;
  const Loop loop = find_loop(state);
  if (fuel().exhausted) return {};
  loops_[state] = loop;
  return loop;
}

Loop RuleAutomaton::find_loop(StateId state) {
  auto threads = states_[state - 1];
  if (threads.front().node == RuleProgram::kAccept) threads = threads.subspan(1);
  if (threads.size() == 1 && is_nested(threads[0])) return nested_loop(threads[0]);
  bool has_counted = false, has_choice = false;
  for (const Thread& thread : threads) {
    const auto& node = program_->nodes[thread.node];
    const auto& terminal = program_->terminals[node.first];
    if (node.kind == RuleProgram::NodeKind::kRepeatTerminal && node.max != RuleProgram::kUnbounded)
      has_counted = true;
    if (terminal.kind != RuleProgram::TerminalKind::kLiteral && terminal.bytes.count() != 1)
      has_choice = true;
  }
  if (has_counted) return counted_loop(threads);
  return has_choice ? endless_loop(state) : Loop{};
}

bool RuleAutomaton::is_nested(const Thread& thread) const {
  const auto& node = program_->nodes[thread.node];
  return node.kind != RuleProgram::NodeKind::kAccept &&
         program_->terminals[node.first].kind == RuleProgram::TerminalKind::kNested;
}

/// Of a state whose one thread is in another grammar: what that says, unless its text may end within the
/// loop.
Loop RuleAutomaton::nested_loop(const Thread& thread) {
  const auto& node = program_->nodes[thread.node];
  Automaton& automaton = nested(program_->terminals[node.first].first);
  const Loop loop = automaton.loop(thread.inside);
  if (loop.count == 0 || loop.count == Loop::kEndless) return loop;
  const auto callers = callers_[thread.callers];
  const bool ends_the_text =
      node.next == RuleProgram::kEnd && callers.size() == 1 && callers[0].node == RuleProgram::kAccept;
  if (ends_the_text) return loop;
  if (loop.count > kMaxCheckedLoop) return Loop{};
  // All characters of the loop lead to the same states, so one stands for them.
  uint8_t byte = 0;
  while (byte < 128 && !loop.set.ascii[byte]) ++byte;
  if (byte == 128) return Loop{};
  StateId inside = thread.inside;
  for (uint32_t i = 0; i < loop.count; ++i) {
    inside = automaton.step(inside, byte);
    if (inside == kDeadState || automaton.accepts(inside)) return Loop{};
  }
  return loop;
}

Loop RuleAutomaton::endless_loop(StateId state) {
  Loop loop;
  for (uint8_t byte = 0; byte < 128; ++byte) loop.set.ascii[byte] = step(state, byte) == state;
  loop.set.beyond_ascii = loops_beyond_ascii(state);
  if (!loop.set.empty()) loop.count = Loop::kEndless;
  return loop;
}

bool RuleAutomaton::loops_beyond_ascii(StateId state) {
  // The state behind a range of bytes, if it is one for all.
  auto behind = [&](StateId from, uint8_t first, uint8_t last) {
    if (from == kDeadState) return kDeadState;
    const StateId target = step(from, first);
    for (unsigned byte = first + 1u; byte <= last; ++byte) {
      if (step(from, uint8_t(byte)) != target) return kDeadState;
    }
    return target;
  };
  return std::ranges::all_of(kUtf8Forms, [&](const Utf8Form& form) {
    StateId target = behind(state, form.first_lead, form.last_lead);
    target = behind(target, form.first_second, form.last_second);
    for (uint8_t i = 0; i < form.further; ++i) target = behind(target, 0x80, 0xBF);
    return target == state;
  });
}

bool RuleAutomaton::steps_on(const Thread& thread, uint8_t byte) {
  const auto& node = program_->nodes[thread.node];
  if (node.kind == RuleProgram::NodeKind::kAccept) return false;
  const auto& terminal = program_->terminals[node.first];
  switch (terminal.kind) {
    case RuleProgram::TerminalKind::kBytes:
      return terminal.bytes[byte];
    case RuleProgram::TerminalKind::kLiteral:
      return uint8_t(program_->literals[terminal.first + thread.inside]) == byte;
    case RuleProgram::TerminalKind::kDfa:
      return program_->dfas[terminal.first].step(ByteDfa::State(thread.inside), byte) != ByteDfa::kDead;
    case RuleProgram::TerminalKind::kNested:
      return nested(terminal.first).step(thread.inside, byte) != kDeadState;
  }
  return false;
}

/// Where one thread counts characters and may stop at any of them, and no other thread reads these
/// characters, the others stay as they are until the count is full.
Loop RuleAutomaton::counted_loop(std::span<const Thread> threads) {
  const Thread* counting = nullptr;
  for (const Thread& thread : threads) {
    const auto& node = program_->nodes[thread.node];
    if (node.kind != RuleProgram::NodeKind::kRepeatTerminal || node.max == RuleProgram::kUnbounded) continue;
    if (counting != nullptr) return {};
    counting = &thread;
  }
  const auto& node = program_->nodes[counting->node];
  const auto& terminal = program_->terminals[node.first];
  const bool is_dfa = terminal.kind == RuleProgram::TerminalKind::kDfa;
  const bool is_between = counting->inside == (is_dfa ? ByteDfa::kStart : 0);
  if (counting->count < node.min || !is_between || terminal.kind == RuleProgram::TerminalKind::kLiteral)
    return {};
  auto others_read = [&](uint8_t byte) {
    return std::ranges::any_of(
        threads, [&](const Thread& thread) { return &thread != counting && steps_on(thread, byte); });
  };
  Loop loop{{.ascii = {}, .beyond_ascii = terminal.beyond_ascii}, node.max - counting->count};
  for (unsigned byte = 0; byte < 128; ++byte) {
    loop.set.ascii[byte] = terminal.bytes[byte] && !others_read(uint8_t(byte));
  }
  for (unsigned byte = 0x80; byte < 256 && loop.set.beyond_ascii; ++byte) {
    if (others_read(uint8_t(byte))) loop.set.beyond_ascii = false;
  }
  return loop.set.empty() ? Loop{} : loop;
}

}  // namespace hearth::grammar
