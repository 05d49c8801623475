#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/code_point_set.h"
#include "grammar/limits.h"

namespace hearth::grammar {

/// A deterministic automaton over bytes, whole: every state of it but the dead one is alive.
class ByteDfa {
 public:
  using State = uint16_t;
  static constexpr State kDead = 0;
  static constexpr State kStart = 1;

  ByteDfa() = default;
  /// Of what `next` and `accepts` say; states from which none that accepts is reached become the dead one.
  ByteDfa(std::vector<std::array<State, 256>> next, std::vector<bool> accepts);

  State step(State state, uint8_t byte) const { return next_[state][byte]; }
  bool accepts(State state) const { return accepts_[state]; }
  /// Whether more bytes may come.
  bool goes_on(State state) const { return goes_on_[state]; }
  bool empty() const { return !goes_on(kStart) && !accepts(kStart); }
  size_t memory_size() const { return next_.capacity() * sizeof(next_[0]) + accepts_.size() / 4; }

 private:
  std::vector<std::array<State, 256>> next_ = {{}, {}};
  std::vector<bool> accepts_ = {false, false};
  std::vector<bool> goes_on_ = {false, false};
};

/// One code point of the set, in UTF-8.
ByteDfa code_point_dfa(const CodePointSet& set);

/// Well-formed UTF-8 without any of the `excluded` as a part (by the automaton of Aho and Corasick, 1975).
/// Errors: kInvalidArgument for one that is empty, kResourceLimit where they are too long together.
Result<ByteDfa> free_text_dfa(std::span<const std::string> excluded, const Limits& limits);

/// Well-formed UTF-8 up to the end of the first of the `markers` and `excluded` that is complete, where that
/// is one of the markers. Of two that end together the longer one counts. Errors as above.
Result<ByteDfa> text_until_dfa(std::span<const std::string> markers, std::span<const std::string> excluded,
                               const Limits& limits);

/// One control token that is none of `excluded`, as its four bytes.
ByteDfa other_control_token_dfa(std::span<const uint32_t> excluded);

}  // namespace hearth::grammar
