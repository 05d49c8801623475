#pragma once

namespace hearth::grammar {

/// Code points, both ends included; empty where first > last.
struct CodePointSpan {
  char32_t first = 1, last = 0;
  bool empty() const { return first > last; }
};

}  // namespace hearth::grammar
