#pragma once

#include <bitset>
#include <memory>

namespace hearth::grammar {

class CodePointSet;

/// The code points of a Loop.
struct LoopSet {
  std::bitset<128> ascii;
  bool beyond_ascii = false;  ///< all above U+007F
  /// Those above U+007F where not all are of the set, and some; null: none, or all.
  std::shared_ptr<const CodePointSet> beyond = nullptr;

  /// Those of JSON strings as they are: all but quotes, backslashes and control characters.
  static LoopSet json_text();

  bool has_beyond() const { return beyond_ascii || beyond != nullptr; }
  bool empty() const { return ascii.none() && !has_beyond(); }
  /// Whether a code point from `first` to `last` is of the set; both are above U+007F.
  bool touches(char32_t first, char32_t last) const;
  bool contains(const LoopSet& other) const;
  LoopSet intersected(const LoopSet& other) const;
  bool operator==(const LoopSet& other) const;
};

}  // namespace hearth::grammar
