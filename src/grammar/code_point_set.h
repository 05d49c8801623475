#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace hearth::grammar {

inline constexpr char32_t kMaxCodePoint = 0x10FFFF;
inline constexpr char32_t kFirstSurrogate = 0xD800, kLastSurrogate = 0xDFFF;

/// Code points from `first` to `last`, both of them included.
struct CodePointRange {
  char32_t first, last;

  auto operator<=>(const CodePointRange&) const = default;
};

/// A set of Unicode scalar values: surrogates, which no text holds, are never of it.
class CodePointSet {
 public:
  CodePointSet() = default;
  CodePointSet(std::initializer_list<CodePointRange> ranges);
  explicit CodePointSet(std::vector<CodePointRange> ranges);
  static const CodePointSet& all();

  /// Sorted, apart from each other by at least one code point.
  const std::vector<CodePointRange>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  bool contains(char32_t code_point) const;
  uint32_t size() const;

  CodePointSet complement() const;
  CodePointSet united(const CodePointSet& other) const;
  CodePointSet intersected(const CodePointSet& other) const;
  CodePointSet without(const CodePointSet& other) const;

  auto operator<=>(const CodePointSet&) const = default;

 private:
  std::vector<CodePointRange> ranges_;
};

}  // namespace hearth::grammar
