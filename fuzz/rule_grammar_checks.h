#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/result.h"
#include "grammar/grammar.h"

namespace hearth::grammar {

/// What is behind the first zero byte is a text for the grammar before it.
inline std::pair<std::string_view, std::string_view> split_at_zero(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = all.find('\0');
  return end == all.npos ? std::pair(all, std::string_view())
                         : std::pair(all.substr(0, end), all.substr(end + 1));
}

/// Limits under which one input takes milliseconds.
inline Limits fuzz_limits() {
  Limits limits;
  limits.max_source_size = 1 << 16;
  limits.max_nodes = 100'000;
  limits.max_dfa_states = 2'000;
  limits.compile_fuel = 1'000'000;
  return limits;
}

/// Steps two automata of a grammar through a text, one of which forgets all but its state at each byte: they
/// agree, and what a state says of loops is so.
inline void check_grammar(const Result<GrammarPtr>& grammar, std::string_view text) {
  if (!grammar) {
    CHECK(!grammar.error().message.empty());
    return;
  }
  const auto plain = (*grammar)->make_automaton(), forgetful = (*grammar)->make_automaton();
  plain->fuel() = forgetful->fuel() = {500'000};
  StateId a = plain->start(), b = forgetful->start();
  for (const char c : text) {
    const auto byte = uint8_t(c);
    if (plain->fuel().exhausted || forgetful->fuel().exhausted) return;
    CHECK((a == kDeadState) == (b == kDeadState));
    if (a == kDeadState) return;
    CHECK(plain->accepts(a) == forgetful->accepts(b));
    const Loop loop = plain->loop(a);
    if (loop.count > 0 && byte < 128 && loop.set.ascii[byte]) {
      const StateId next = plain->step(a, byte);
      const bool stays = loop.count == Loop::kEndless && !loop.leads_apart;
      CHECK(plain->fuel().exhausted || (stays ? next == a : next != kDeadState));
    }
    forgetful->keep_only({&b, 1});
    a = plain->step(a, byte);
    b = forgetful->step(b, byte);
  }
}

}  // namespace hearth::grammar
