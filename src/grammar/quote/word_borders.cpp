#include "grammar/quote/word_borders.h"

#include <array>

#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

using Kind = WordBorders::Kind;

/// Scripts that write words without spaces between them, Han aside.
constexpr std::pair<uint32_t, uint32_t> kSpacelessRanges[] = {
    {0x0e00, 0x0eff},  // Thai, Lao
    {0x0f00, 0x109f},  // Tibetan, Myanmar
    {0x1780, 0x17ff},  // Khmer
    {0x1950, 0x19ff},  // Tai Le, New Tai Lue
    {0x3040, 0x30ff},  // kana
    {0x31f0, 0x31ff}, {0xa9e0, 0xa9ff}, {0xaa60, 0xaadf}, {0xff66, 0xff9f}, {0x1b000, 0x1b16f},
};

bool is_spaceless(uint32_t code_point, UnicodeProperties properties) {
  if (properties.is_han()) return true;
  for (const auto& [first, last] : kSpacelessRanges) {
    if (code_point >= first && code_point <= last) return true;
  }
  return false;
}

Kind kind_by_category(uint32_t code_point) {
  const UnicodeProperties properties = unicode_properties(code_point);
  if (properties.is_white_space()) return Kind::kSpace;
  switch (properties.category()) {
    case Category::kMn:
    case Category::kMc:
    case Category::kMe:
    case Category::kCf:
      return Kind::kExtend;
    case Category::kNd:
      return Kind::kDigit;
    case Category::kLl:
    case Category::kLm:
    case Category::kLo:
    case Category::kLt:
    case Category::kLu:
    case Category::kNl:
    case Category::kPc:
      return is_spaceless(code_point, properties) ? Kind::kAlone : Kind::kLetter;
    default:
      return Kind::kOther;
  }
}

Kind find_kind(uint32_t code_point) {
  switch (code_point) {
    case '.':
    case '\'':
    case 0x2019:  // the apostrophe that typesetters use
      return Kind::kMidBoth;
    case ':':
    case 0xb7:
      return Kind::kMidLetter;
    case ',':
    case ';':
      return Kind::kMidNumber;
    case 0x200d:
      return Kind::kJoiner;
    default:
      // Skin tones are symbols by category.
      return code_point >= 0x1f3fb && code_point <= 0x1f3ff ? Kind::kExtend : kind_by_category(code_point);
  }
}

const std::array<Kind, 128>& ascii_kinds() {
  static const std::array<Kind, 128> kKinds = [] {
    std::array<Kind, 128> kinds{};
    for (uint32_t i = 0; i < 128; ++i) kinds[i] = find_kind(i);
    return kinds;
  }();
  return kKinds;
}

bool is_word(Kind kind) { return kind == Kind::kLetter || kind == Kind::kDigit; }

bool joins(Kind before, Kind sign, Kind behind) {
  const bool letters = before == Kind::kLetter && behind == Kind::kLetter;
  const bool digits = before == Kind::kDigit && behind == Kind::kDigit;
  return (letters && sign != Kind::kMidNumber) || (digits && sign != Kind::kMidLetter);
}

}  // namespace

Kind WordBorders::kind_of(uint32_t code_point) {
  static const std::array<Kind, 128>& kAscii = ascii_kinds();
  return code_point < 128 ? kAscii[code_point] : find_kind(code_point);
}

bool WordBorders::border_before(Kind kind, Kind next) {
  const bool extends = kind == Kind::kExtend || kind == Kind::kJoiner;
  if (extends && any_) {
    after_joiner_ = kind == Kind::kJoiner;
    return false;
  }
  const bool joined = is_mid(kind) && joins(last_, kind, next);
  const bool tied = after_joiner_ || joined || last_joins_ || (is_word(last_) && is_word(kind));
  const bool border = !any_ || !tied;
  any_ = true;
  after_joiner_ = kind == Kind::kJoiner;
  last_ = extends ? Kind::kOther : kind;
  last_joins_ = joined;
  return border;
}

size_t decisive_size(std::string_view text) {
  const Utf8Step first = next_utf8(text);
  const bool is_mid =
      first.code_point != Utf8Step::kBadByte && WordBorders::is_mid(WordBorders::kind_of(first.code_point));
  if (!is_mid || first.size == text.size()) return first.size;
  return first.size + next_utf8(text.substr(first.size)).size;
}

}  // namespace hearth::grammar
