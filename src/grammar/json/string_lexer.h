#pragma once

#include <cstdint>

#include "grammar/satisfy/code_point_span.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// Where in a JSON string the text stands, between two code points or inside of one: RFC 8259 with strict
/// UTF-8; surrogates are written in pairs.
struct StringPlace {
  enum class Part : uint8_t {
    kPlain,      ///< before a code point, or the end
    kUtf8,       ///< inside of a code point: `left` bytes are missing
    kEscape,     ///< behind a backslash
    kHex,        ///< behind \u: `left` digits are missing
    kLowEscape,  ///< behind a high surrogate, whose pair must follow: before its backslash
    kLowLetter,  ///< before its u
    kLowHex,     ///< inside of its digits
    kRest,  ///< inside of a code point of which no more need be known: `left` bytes are missing, the next
            ///< from bits / 256 to bits % 256
  };
  Part part = Part::kPlain;
  uint8_t left = 0;
  uint32_t bits = 0;  ///< what was read of the code point, or of the digits
  uint16_t high = 0;  ///< the high surrogate; kUtf8: 1 behind the second of four bytes

  /// As one number, for states.
  uint32_t packed() const {
    return bits | uint32_t(high & 0x3FF) << (part == Part::kUtf8 ? 21 : 16) | uint32_t(left) << 26 |
           uint32_t(part) << 29;
  }
  static StringPlace unpacked(uint32_t number);
  bool operator==(const StringPlace&) const = default;
};

struct StringStep {
  enum class Type : uint8_t { kWrong, kInside, kCodePoint, kEnd };
  Type type = Type::kWrong;
  StringPlace place;        ///< kInside
  char32_t code_point = 0;  ///< kCodePoint
};

StringStep step_string(StringPlace place, uint8_t byte, JsonForm::Escapes escapes);

/// kUtf8 as kRest, which is told apart by what may follow alone.
StringPlace rest_of(StringPlace place);

/// The code points that the one under way can still become; two spans, as digits of a surrogate stand for
/// code points above U+FFFF.
struct PossibleCodePoints {
  CodePointSpan spans[3];
};
PossibleCodePoints possible_code_points(StringPlace place, JsonForm::Escapes escapes);

}  // namespace hearth::grammar
