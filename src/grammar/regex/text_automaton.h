#pragma once

#include <unordered_map>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/regex/text_dfa.h"

namespace hearth::grammar {

/// Reads the texts of a TextDfa as UTF-8. Between code points its states are the language's own, by the same
/// ids; inside of one they are made as they are met, and tell lead bytes apart only where the language does.
class TextAutomaton final : public Automaton {
 public:
  explicit TextAutomaton(TextDfaPtr language) : language_(std::move(language)) {}

  StateId start() override { return language_->start(); }
  StateId step(StateId state, uint8_t byte) override;
  bool accepts(StateId state) override { return !is_inside(state) && language_->accepts(state); }
  Loop loop(StateId state) override;
  uint32_t alike_depth(StateId a, StateId b) override {
    return is_inside(a) || is_inside(b) ? 0 : language_->alike_depth(a, b);
  }
  void keep_only(std::span<StateId> states) override;
  size_t memory_size() const override;

 private:
  /// Inside of a code point, of which `rest` bytes are missing: it will be one of `first` to `last`. Where
  /// all of those lead to one state, `state` is that and the bounds are of the missing bits alone; else it is
  /// the state before.
  struct Inside {
    StateId state;
    bool leads_to_one;
    uint8_t rest;
    char32_t first, last;

    bool operator==(const Inside&) const = default;
  };
  struct InsideHash {
    size_t operator()(const Inside& inside) const;
  };
  /// How far the code points that most of a state's lead on with go on, as Loop::count has it.
  struct Run {
    StateId next = kDeadState;
    uint32_t count = 0;
    bool known = false;
  };

  bool is_inside(StateId state) const { return state >= language_->num_states(); }
  StateId step_lead(StateId state, uint8_t byte);
  StateId step_inside(const Inside& inside, uint8_t byte);
  StateId inside(StateId state, uint8_t rest, char32_t first, char32_t last);
  StateId intern(const Inside& inside);
  /// The state that most code points lead to.
  StateId most_common_next(StateId state) const;
  void find_runs(StateId state);

  TextDfaPtr language_;
  std::vector<Inside> insides_;  ///< by id, behind the language's
  std::unordered_map<Inside, StateId, InsideHash> ids_;
  std::vector<Run> runs_;  ///< by state of the language; made with the first question
};

}  // namespace hearth::grammar
