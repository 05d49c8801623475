#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/code_point_set.h"
#include "grammar/limits.h"
#include "grammar/regex/languages.h"

namespace hearth::grammar {

/// A regular expression as a tree. Groups are gone: without backreferences nothing asks what they matched,
/// and greedy and lazy repetitions match the same texts.
struct Expression {
  enum class Kind : uint8_t {
    kEmpty,
    kSet,           ///< one code point of sets[first]
    kConcat,        ///< of the children
    kAlternate,     ///< any of the children
    kRepeat,        ///< of the only child, `least` to `most` times
    kLook,          ///< what comes next starts with the only child; where `negated`, it does not
    kStart,         ///< ^; where `multiline`, at each line's
    kEnd,           ///< $
    kWordBoundary,  ///< \b; where `negated`, \B
  };
  struct Node {
    Kind kind = Kind::kEmpty;
    bool negated = false, multiline = false;
    uint32_t first = 0, count = 0;  ///< children[first] to children[first + count - 1]
    uint32_t least = 0, most = 0;
  };
  static constexpr uint32_t kNoMost = UINT32_MAX;

  std::vector<Node> nodes;
  std::vector<uint32_t> children;  ///< of nodes
  std::vector<CodePointSet> sets;
  uint32_t root = 0;
};

/// Reads ECMA-262's syntax with the flag u, and what Annex B allows beyond that where no other meaning is
/// lost:
/// `{`, `}` and `]` for themselves, escaped punctuation, `[\w-.]`.
Result<Expression> parse_expression(std::string_view pattern, const RegexOptions& options,
                                    const Limits& limits);

}  // namespace hearth::grammar
