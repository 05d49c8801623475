#pragma once

#include <array>
#include <string_view>

#include "grammar/automaton.h"

namespace hearth::grammar {

inline bool says_something(const Loop& loop) {
  return loop.count > 0 && (loop.ascii.any() || loop.beyond_ascii);
}

/// A code point inside a loop that says something, of one byte where there is such.
inline std::string_view some_code_point(const Loop& loop) {
  static constexpr auto kAscii = [] {
    std::array<char, 128> bytes = {};
    for (size_t i = 0; i < 128; ++i) bytes[i] = char(i);
    return bytes;
  }();
  if (loop.ascii.none()) return "\xC3\xA9";
  size_t byte = 0;
  while (!loop.ascii[byte]) ++byte;
  return std::string_view(kAscii.data() + byte, 1);
}

}  // namespace hearth::grammar
