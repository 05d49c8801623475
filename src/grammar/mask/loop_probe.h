#pragma once

#include <string>

#include "grammar/automaton.h"
#include "grammar/code_point_set.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

inline bool says_something(const Loop& loop) { return loop.count > 0 && !loop.set.empty(); }

/// A code point inside a loop that says something, in UTF-8, of one byte where there is such.
inline std::string some_code_point(const Loop& loop) {
  std::string bytes;
  size_t byte = 0;
  while (byte < 128 && !loop.set.ascii[byte]) ++byte;
  const bool is_ascii = byte < 128;
  append_utf8(bytes, is_ascii                ? char32_t(byte)
                     : loop.set.beyond_ascii ? U'\u00E9'
                                             : loop.set.beyond->ranges()[0].first);
  return bytes;
}

}  // namespace hearth::grammar
