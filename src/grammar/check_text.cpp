#include "grammar/check_text.h"

#include <fmt/format.h>

namespace hearth::grammar {

namespace {

std::string byte_name(size_t byte) {
  if (byte == '\n') return "\"\\n\"";
  if (byte == '\t') return "\"\\t\"";
  if (byte == '\r') return "\"\\r\"";
  if (byte == '"') return "'\"'";
  if (byte >= 0x20 && byte < 0x7f) return fmt::format("\"{}\"", char(byte));
  return fmt::format("0x{:02x}", byte);
}

}  // namespace

TextCheck check_text(Automaton& automaton, std::string_view text) {
  TextCheck check;
  StateId state = automaton.start();
  for (; state != kDeadState && check.num_good < text.size(); ++check.num_good) {
    const StateId next = automaton.step(state, uint8_t(text[check.num_good]));
    if (next == kDeadState) break;
    state = next;
  }
  if (state != kDeadState) {
    check.accepted = check.num_good == text.size() && automaton.accepts(state);
    for (size_t byte = 0; !check.accepted && byte < 256; ++byte)
      check.allowed[byte] = automaton.step(state, uint8_t(byte)) != kDeadState;
  }
  check.out_of_fuel = automaton.fuel().exhausted;
  return check;
}

bool has_beginning(Automaton& automaton) {
  const StateId start = automaton.start();
  if (start != kDeadState && automaton.accepts(start)) return true;
  for (uint32_t byte = 0; start != kDeadState && byte < 256; ++byte)
    if (automaton.step(start, uint8_t(byte)) != kDeadState) return true;
  return automaton.fuel().exhausted;
}

std::string describe_bytes(const std::bitset<256>& bytes) {
  std::string text;
  for (size_t first = 0; first < 256; ++first) {
    if (!bytes[first]) continue;
    size_t last = first;
    // Runs are of one kind: digits, letters, what has no sign of its own.
    const auto is_word = [](size_t byte) {
      return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
             byte >= 0x80;
    };
    while (last + 1 < 256 && bytes[last + 1] && is_word(last) == is_word(last + 1)) ++last;
    text += text.empty() ? "" : ", ";
    text += last > first + 1 ? fmt::format("{} to {}", byte_name(first), byte_name(last)) : byte_name(first);
    if (last > first + 1) first = last;
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace hearth::grammar
