#include "text/normalize/grapheme.h"

#include <cstdint>

#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr uint32_t kJoiner = 0x200d;

bool extends(uint32_t code_point) {
  if (code_point == kJoiner || code_point == 0x200c) return true;
  if ((code_point >= 0x1f3fb && code_point <= 0x1f3ff) || (code_point >= 0xe0020 && code_point <= 0xe007f))
    return true;
  const Category category = unicode_properties(code_point).category();
  return category >= Category::kMc && category <= Category::kMn;
}

bool is_control(uint32_t code_point) {
  if (code_point == kJoiner || code_point == 0x200c) return false;
  const Category category = unicode_properties(code_point).category();
  return category == Category::kCc || category == Category::kCf || category == Category::kZl ||
         category == Category::kZp;
}

bool is_lead(uint32_t point) {
  return (point >= 0x1100 && point <= 0x115f) || (point >= 0xa960 && point <= 0xa97c);
}
bool is_vowel(uint32_t point) {
  return (point >= 0x1160 && point <= 0x11a7) || (point >= 0xd7b0 && point <= 0xd7c6);
}
bool is_trail(uint32_t point) {
  return (point >= 0x11a8 && point <= 0x11ff) || (point >= 0xd7cb && point <= 0xd7fb);
}
bool is_syllable(uint32_t point) { return point >= 0xac00 && point <= 0xd7a3; }
bool is_flag(uint32_t point) { return point >= 0x1f1e6 && point <= 0x1f1ff; }
bool is_pictograph(uint32_t point) {
  return (point >= 0x1f300 && point <= 0x1faff && !is_flag(point) && (point < 0x1f3fb || point > 0x1f3ff)) ||
         (point >= 0x2600 && point <= 0x27bf) || point == 0xa9 || point == 0xae;
}

bool joins_hangul(uint32_t before, uint32_t after) {
  const bool closed = is_syllable(before) && (before - 0xac00) % 28 != 0;
  if (is_lead(before)) return is_lead(after) || is_vowel(after) || is_syllable(after);
  if (is_vowel(before) || (is_syllable(before) && !closed)) return is_vowel(after) || is_trail(after);
  return (is_trail(before) || closed) && is_trail(after);
}

}  // namespace

size_t grapheme_end(std::string_view text, size_t begin) {
  const Utf8Step first = next_utf8(text.substr(begin));
  size_t at = begin + first.size;
  if (first.code_point == Utf8Step::kBadByte) return at;
  if (first.code_point == '\r' && text.substr(at).starts_with('\n')) return at + 1;
  if (is_control(first.code_point)) return at;
  uint32_t before = first.code_point;
  bool after_pictograph = is_pictograph(before);
  bool flag_open = is_flag(before);
  while (at < text.size()) {
    const Utf8Step next = next_utf8(text.substr(at));
    if (next.code_point == Utf8Step::kBadByte) break;
    const bool joined = extends(next.code_point) || joins_hangul(before, next.code_point) ||
                        (before == kJoiner && after_pictograph && is_pictograph(next.code_point)) ||
                        (flag_open && is_flag(next.code_point));
    if (!joined) break;
    flag_open = false;
    if (is_pictograph(next.code_point)) after_pictograph = true;
    before = next.code_point;
    at += next.size;
  }
  return at;
}

}  // namespace hearth
