#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/split/char_set.h"

namespace hearth {

/// A regular expression of the kind that pre-tokenizers are written in, matched at a given place of a text
/// that need not be UTF-8. Own, not a library's, because the result must follow one Unicode version whatever
/// is installed. Perl's meaning: alternatives in order, greedy, lazy and possessive quantifiers. Known:
/// literals, ., escapes, classes, \s \S \d \D \w \W \p{..} \P{..}, groups, (?i:..), lookahead, $ (end of
/// text). Anything else is an error that names it. Immutable, safe to share between threads.
class SplitRegex {
 public:
  /// Errors: kUnsupported or kInvalidArgument, with the place in the pattern.
  static Result<SplitRegex> compile(std::string_view pattern);

  /// What one thread needs to match. `steps_left` bounds the work of all calls that share it: where it
  /// reaches zero, match() finds nothing.
  struct Scratch {
    explicit Scratch(uint64_t max_steps) : steps_left(max_steps) {}

    struct Frame {
      uint32_t pc;
      uint32_t loop;  ///< kNoLoop, or the loop that may give characters back
      size_t at;
      size_t floor;  ///< a loop gives back no further than here
    };
    uint64_t steps_left;
    std::vector<Frame> frames;
  };

  static constexpr size_t kNoMatch = ~size_t(0);

  /// Where the match that starts at `at` (< text.size()) ends, or kNoMatch.
  size_t match(std::string_view text, size_t at, Scratch& scratch) const;

  /// Whether a match can start with this byte.
  bool may_start_with(uint8_t byte) const { return !starts_[byte].empty(); }

 private:
  friend class SplitRegexCompiler;

  enum class Op : uint8_t {
    kSet,     ///< one code point of set `a`
    kLoop,    ///< `min` to `max` code points of set `a`
    kSplit,   ///< try `a`, then `b`
    kJump,    ///< go to `a`
    kPeek,    ///< one code point of set `a` follows; `negated`: none does
    kLook,    ///< what stands up to kAccept at `a` - 1 matches here; goes on at `a`; `negated`: it does not
    kAtomic,  ///< the same, and takes what it matched
    kEnd,     ///< the end of the text
    kAccept,
  };
  enum class Mode : uint8_t { kGreedy, kLazy, kPossessive };
  struct Instruction {
    Op op;
    Mode mode = Mode::kGreedy;
    bool negated = false;
    uint32_t a = 0, b = 0;
    uint32_t min = 0, max = 0;
  };

  struct Run;

  std::vector<Instruction> program_;
  std::vector<CharSet> sets_;
  std::array<std::vector<uint32_t>, 256> starts_;  ///< by first byte: where the alternatives to try begin
};

}  // namespace hearth
