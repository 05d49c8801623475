#pragma once

#include <string>
#include <string_view>

#include "grammar/control_token.h"
#include "grammar/grammar.h"

namespace hearth::grammar {

/// The state behind a text; kDeadState where no text of the grammar begins so.
inline StateId state_behind(Automaton& automaton, StateId state, std::string_view text) {
  for (const char c : text) {
    if (state == kDeadState) break;
    state = automaton.step(state, uint8_t(c));
  }
  return state;
}

/// Whether the whole text is of the grammar.
inline bool takes(const GrammarPtr& grammar, std::string_view text) {
  const auto automaton = grammar->make_automaton();
  return automaton->accepts(state_behind(*automaton, automaton->start(), text));
}

/// Whether a text of the grammar begins so.
inline bool may_begin(const GrammarPtr& grammar, std::string_view text) {
  const auto automaton = grammar->make_automaton();
  return state_behind(*automaton, automaton->start(), text) != kDeadState;
}

inline std::string control_text(TokenId id) {
  const auto bytes = control_token_bytes(id);
  return {bytes.begin(), bytes.end()};
}

}  // namespace hearth::grammar
