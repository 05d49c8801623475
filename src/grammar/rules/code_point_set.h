#pragma once

#include <cstdint>
#include <vector>

namespace hearth::grammar {

/// A set of Unicode scalar values, as sorted ranges that neither overlap nor touch. Surrogates, which UTF-8
/// does not write, are in no set.
class CodePointSet {
 public:
  struct Range {
    char32_t first, last;  ///< both are in it
    bool operator==(const Range&) const = default;
  };
  static constexpr char32_t kLast = 0x10FFFF;

  CodePointSet() = default;
  /// The union of ranges in any order; what lies above kLast is dropped.
  explicit CodePointSet(std::vector<Range> ranges);
  static CodePointSet all() { return CodePointSet({{0, kLast}}); }

  const std::vector<Range>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  /// Those that are not in it.
  CodePointSet complement() const;
  bool operator==(const CodePointSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

}  // namespace hearth::grammar
