#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/rules/rule_program.h"
#include "grammar/rules/span_table.h"
#include "grammar/rules/step_table.h"

namespace hearth::grammar {

/// Runs a RuleProgram on all readings of a text at once.
///
/// A thread is a place in a rule and the callers that it goes back to. Who calls a rule at the same byte
/// shares one set of callers (as in the graph-structured stacks of Tomita, 1985), so ambiguous rules cost no
/// more threads than the text has bytes; sets are interned and shared by all states. A call that ends its
/// rule leaves no caller of its own: right recursion needs no stack. Left recursion makes a set that holds
/// itself. A state is a set of threads that all wait for a byte; kAccept is one of them where the text may
/// end.
class RuleAutomaton : public Automaton {
 public:
  explicit RuleAutomaton(std::shared_ptr<const RuleProgram> program);
  ~RuleAutomaton() override;

  StateId start() override;
  StateId step(StateId state, uint8_t byte) override;
  bool accepts(StateId state) override;
  Loop loop(StateId state) override;
  void keep_only(std::span<StateId> states) override;
  size_t memory_size() const override;

 private:
  using NodeId = RuleProgram::NodeId;
  using CallersId = uint32_t;
  /// Set in a CallersId: who calls the rule with this number at the byte that is being read.
  static constexpr CallersId kBeingMade = uint32_t(1) << 31;
  static constexpr size_t kMaxThreads = 1 << 16;
  static constexpr uint32_t kMaxCheckedLoop = 256;

  struct Thread {
    NodeId node;
    CallersId callers;
    uint32_t inside;  ///< where in the terminal
    uint32_t count;   ///< of a repeat: how often it has read its part
    auto operator<=>(const Thread&) const = default;
  };
  struct Caller {
    NodeId node;  ///< where it goes on
    CallersId callers;
    uint32_t count;
    auto operator<=>(const Caller&) const = default;
  };
  /// Sets of callers that hold each other: one list of numbers stands for them.
  struct Circle {
    CallersId first;
    std::vector<uint32_t> rules;  ///< of each
  };
  struct Making;

  template <typename T>
  void tidy(std::vector<T>& list) const;

  StateId compute(StateId state, uint8_t byte);
  void step_thread(const Thread& thread, uint8_t byte);
  void behind_terminal(const Thread& thread);
  void close();
  void visit(const Thread& item);
  void enter_terminal(const Thread& item);
  void call(uint32_t rule, const Caller& caller);
  void finish_callers();
  bool finish_circle(std::span<const uint32_t> rules);
  CallersId intern_circle(std::span<const uint32_t> rules, std::span<const std::vector<Caller>> sets);
  CallersId finished(CallersId callers) const;
  StateId finish_state();

  Automaton& nested(uint32_t index);
  Loop counted_loop(std::span<const Thread> threads);
  Loop find_loop(StateId state);
  bool is_nested(const Thread& thread) const;
  Loop nested_loop(const Thread& thread);
  Loop endless_loop(StateId state);
  bool loops_beyond_ascii(StateId state);
  bool steps_on(const Thread& thread, uint8_t byte);
  std::vector<bool> kept_callers(std::span<const StateId> states) const;
  void keep_nested(std::vector<Thread>& threads);

  std::shared_ptr<const RuleProgram> program_;
  std::vector<std::unique_ptr<Automaton>> nested_;
  SpanTable<Thread> states_;  ///< of state n + 1
  SpanTable<Caller> callers_;
  SpanTable<uint32_t> circle_keys_;
  std::vector<Circle> circles_;  ///< by circle_keys_
  StepTable steps_;
  std::unordered_map<StateId, Loop> loops_;
  StateId start_ = kDeadState;
  std::unique_ptr<Making> making_;
};

}  // namespace hearth::grammar
