#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "grammar/automaton.h"

namespace hearth::grammar {

/// What a language says of a text.
struct TextCheck {
  bool accepted = false;
  bool out_of_fuel = false;  ///< then nothing is known
  /// How many bytes can stand at the start of a text of the language, and the bytes that could come next.
  size_t num_good = 0;
  std::bitset<256> allowed;
};

TextCheck check_text(Automaton& automaton, std::string_view text);

/// Whether a text of the language can begin at all; also where the fuel ends before that is known.
bool has_beginning(Automaton& automaton);

/// Bytes for a message: `"a" to "z", "\n", 0x80 to 0xbf`.
std::string describe_bytes(const std::bitset<256>& bytes);

}  // namespace hearth::grammar
