#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hearth::grammar {

/// Finds the borders of words, code point by code point, after the rules of Unicode's annex 29 for letters,
/// digits, connectors and marks: "3.14", "don't" and "a_b" are one word each. In scripts that put no spaces
/// between words every letter is one. Whether a border stands before a code point hangs on what precedes it,
/// on itself and, for signs that join (decisive_size), on the one behind it.
class WordBorders {
 public:
  /// What the code points are to words.
  enum class Kind : uint8_t {
    kOther,
    kSpace,
    kLetter,
    kDigit,
    kAlone,      ///< a letter of a script without spaces
    kExtend,     ///< belongs to what precedes it: marks, formats
    kJoiner,     ///< U+200D, which ties what follows too
    kMidLetter,  ///< joins letters
    kMidNumber,  ///< joins digits
    kMidBoth,    ///< joins two letters or two digits
  };
  static Kind kind_of(uint32_t code_point);
  static bool is_mid(Kind kind) { return kind >= Kind::kMidLetter; }

  /// Takes the code point that follows, its kind and that of the one behind it (kOther at the end): whether a
  /// border is before it.
  bool border_before(Kind kind, Kind next);

 private:
  bool any_ = false;
  Kind last_ = Kind::kOther;  ///< without those that extend it
  bool last_joins_ = false;   ///< last_ is a sign between two parts of one word
  bool after_joiner_ = false;
};

/// How many bytes at the start of `text`, which is not empty, decide whether a border is before it.
size_t decisive_size(std::string_view text);

}  // namespace hearth::grammar
