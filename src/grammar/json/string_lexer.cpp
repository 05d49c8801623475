#include "grammar/json/string_lexer.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

using Part = StringPlace::Part;
using Type = StringStep::Type;
using Escapes = JsonForm::Escapes;

constexpr char32_t kLastControl = 0x1F;
constexpr char32_t kFirstHigh = 0xD800, kFirstLow = 0xDC00, kLastLow = 0xDFFF;

StringStep inside(Part part, uint8_t left, uint32_t bits, uint16_t high = 0) {
  return {Type::kInside, {part, left, bits, high}, 0};
}
StringStep code_point(char32_t value) { return {Type::kCodePoint, {}, value}; }

StringStep step_plain(uint8_t byte) {
  if (byte == '"') return {Type::kEnd, {}, 0};
  if (byte == '\\') return inside(Part::kEscape, 0, 0);
  if (byte < 0x20) return {};
  if (byte < 0x80) return code_point(byte);
  if (byte >= 0xC2 && byte <= 0xDF) return inside(Part::kUtf8, 1, byte & 0x1F);
  if (byte >= 0xE0 && byte <= 0xEF) return inside(Part::kUtf8, 2, byte & 0x0F);
  if (byte >= 0xF0 && byte <= 0xF4) return inside(Part::kUtf8, 3, byte & 0x07);
  return {};
}

StringStep step_utf8(StringPlace place, uint8_t byte) {
  if ((byte & 0xC0) != 0x80) return {};
  const uint32_t bits = place.bits << 6 | (byte & 0x3F);
  if (place.left == 2 && (bits < 0x20 || (bits >= 0x360 && bits <= 0x37F))) {
    // Either the second of three bytes, which may be no overlong form and no surrogate, or the third of four.
    if (place.high == 0) return {};
  }
  if (place.left == 3 && (bits < 0x10 || bits > 0x10F)) return {};
  if (place.left == 1) return code_point(bits);
  return inside(Part::kUtf8, uint8_t(place.left - 1), bits, uint16_t(place.left == 3));
}

StringStep step_rest(StringPlace place, uint8_t byte) {
  if (byte < place.bits >> 8 || byte > (place.bits & 0xFF)) return {};
  if (place.left == 1) return {Type::kInside, {}, 0};
  return inside(Part::kRest, uint8_t(place.left - 1), 0x80BF);
}

StringStep step_escape(uint8_t byte, Escapes escapes) {
  switch (byte) {
    case '"':
    case '\\':
      return code_point(byte);
    case '/':
      return escapes == Escapes::kAny ? code_point(byte) : StringStep{};
    case 'b':
      return code_point('\b');
    case 'f':
      return code_point('\f');
    case 'n':
      return code_point('\n');
    case 'r':
      return code_point('\r');
    case 't':
      return code_point('\t');
    case 'u':
      return inside(Part::kHex, 4, 0);
    default:
      return {};
  }
}

int hex_digit(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const uint8_t lower = byte | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

StringStep step_hex(StringPlace place, uint8_t byte, Escapes escapes) {
  const int digit = hex_digit(byte);
  if (digit < 0) return {};
  const uint32_t bits = place.bits << 4 | uint32_t(digit);
  const StringStep next = inside(place.part, uint8_t(place.left - 1), bits, place.high);
  const PossibleCodePoints possible = possible_code_points(next.place, escapes);
  if (std::ranges::all_of(possible.spans, &CodePointSpan::empty)) return {};
  if (place.left > 1) return next;
  if (place.part == Part::kLowHex) return code_point(possible.spans[0].first);
  if (bits < kFirstHigh || bits > kLastLow) return code_point(bits);
  return inside(Part::kLowEscape, 0, 0, uint16_t(bits));
}

}  // namespace

StringPlace StringPlace::unpacked(uint32_t number) {
  StringPlace place;
  place.part = Part(number >> 29);
  place.left = uint8_t((number >> 26) & 7);
  if (place.part == Part::kUtf8) {
    place.bits = number & 0x1FFFFF;
    place.high = uint16_t((number >> 21) & 1);
  } else {
    place.bits = number & 0xFFFF;
    place.high = uint16_t((number >> 16) & 0x3FF);
    if (place.part >= Part::kLowEscape) place.high |= kFirstHigh;
  }
  return place;
}

StringPlace rest_of(StringPlace place) {
  uint32_t low = 0x80, high = 0xBF;
  if (place.left == 2 && place.high == 0) {  // behind the first of three bytes
    if (place.bits == 0x0) low = 0xA0;
    if (place.bits == 0xD) high = 0x9F;
  } else if (place.left == 3) {
    if (place.bits == 0) low = 0x90;
    if (place.bits == 4) high = 0x8F;
  }
  return {Part::kRest, place.left, low << 8 | high, 0};
}

StringStep step_string(StringPlace place, uint8_t byte, Escapes escapes) {
  switch (place.part) {
    case Part::kPlain:
      return step_plain(byte);
    case Part::kUtf8:
      return step_utf8(place, byte);
    case Part::kEscape:
      return step_escape(byte, escapes);
    case Part::kHex:
    case Part::kLowHex:
      return step_hex(place, byte, escapes);
    case Part::kRest:
      return step_rest(place, byte);
    case Part::kLowEscape:
      return byte == '\\' ? inside(Part::kLowLetter, 0, 0, place.high) : StringStep{};
    default:
      return byte == 'u' ? inside(Part::kLowHex, 4, 0, place.high) : StringStep{};
  }
}

PossibleCodePoints possible_code_points(StringPlace place, Escapes escapes) {
  const auto supplementary = [](char32_t high, char32_t low) {
    return 0x10000 + ((high - kFirstHigh) << 10) + (low - kFirstLow);
  };
  switch (place.part) {
    case Part::kUtf8: {
      const char32_t first = char32_t(place.bits) << (6 * place.left);
      char32_t least = 0x80, most = 0x10FFFF;
      if (place.high == 0 && place.left == 2) least = 0x800;  // of three bytes
      if (place.left == 3 || place.high != 0) least = 0x10000;
      most = std::min<char32_t>(most, first | ((char32_t(1) << (6 * place.left)) - 1));
      return {{{std::max(first, least), most}}};
    }
    case Part::kEscape:
      if (escapes == Escapes::kAny) break;
      return {{{0, kLastControl}, {'"', '"'}, {'\\', '\\'}}};
    case Part::kHex: {
      const char32_t first = char32_t(place.bits) << (4 * place.left);
      const char32_t last = first | ((char32_t(1) << (4 * place.left)) - 1);
      if (escapes == Escapes::kNeeded) return {{{first, std::min(last, kLastControl)}}};
      PossibleCodePoints possible{{{first, std::min<char32_t>(last, kFirstHigh - 1)},
                                   {std::max<char32_t>(first, kLastLow + 1), last}}};
      const char32_t high_first = std::max(first, kFirstHigh);
      const char32_t high_last = std::min<char32_t>(last, kFirstLow - 1);
      if (high_first <= high_last)
        possible.spans[2] = {supplementary(high_first, kFirstLow), supplementary(high_last, kLastLow)};
      return possible;
    }
    case Part::kLowEscape:
    case Part::kLowLetter:
      return {{{supplementary(place.high, kFirstLow), supplementary(place.high, kLastLow)}}};
    case Part::kLowHex: {
      const char32_t bits = char32_t(place.bits) << (4 * place.left);
      const char32_t first = std::max(bits, kFirstLow);
      const char32_t last = std::min<char32_t>(bits | ((char32_t(1) << (4 * place.left)) - 1), kLastLow);
      if (first > last) return {};
      return {{{supplementary(place.high, first), supplementary(place.high, last)}}};
    }
    default:
      break;
  }
  return {{{0, 0xD7FF}, {0xE000, 0x10FFFF}}};
}

}  // namespace hearth::grammar
