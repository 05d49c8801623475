#include "text/jinja/value/letters.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

/// Code points first, first + stride, ... last.
struct PointRun {
  uint32_t first, last, stride;
};
/// The same, each of which maps to itself plus delta.
struct CaseRun {
  uint32_t first, last, stride;
  int32_t delta;
};
/// A code point that maps to several.
struct CaseSpecial {
  uint32_t point;
  std::string_view text;
};

#include "text/unicode/case_tables.inc"

template <typename Run>
const Run* find_run(std::span<const Run> runs, uint32_t point) {
  auto at = std::ranges::upper_bound(runs, point, {}, &Run::first);
  if (at == runs.begin()) return nullptr;
  --at;
  return point <= at->last && (point - at->first) % at->stride == 0 ? &*at : nullptr;
}

bool contains(std::span<const PointRun> runs, uint32_t point) { return find_run(runs, point) != nullptr; }

struct CaseTable {
  std::span<const CaseRun> runs;
  std::span<const CaseSpecial> specials;

  bool append(std::string& out, uint32_t point) const {
    if (const CaseRun* run = find_run(runs, point)) {
      append_utf8(out, uint32_t(int32_t(point) + run->delta));
      return true;
    }
    const auto at = std::ranges::lower_bound(specials, point, {}, &CaseSpecial::point);
    if (at == specials.end() || at->point != point) return false;
    out += at->text;
    return true;
  }
};

constexpr CaseTable kLowerTable = {kLowerRuns, kLowerSpecials};
constexpr CaseTable kUpperTable = {kUpperRuns, kUpperSpecials};
constexpr CaseTable kTitleTable = {kTitleRuns, kTitleSpecials};
constexpr CaseTable kFoldTable = {kFoldRuns, kFoldSpecials};

bool is_in(uint32_t point, Category first, Category last) {
  const Category category = unicode_properties(point).category();
  return category >= first && category <= last;
}

/// Property Case_Ignorable (Unicode section 3.13), of what stands inside words.
bool is_case_ignorable(uint32_t point) {
  constexpr uint32_t kMiddles[] = {0x27,   0x2e,   0x3a,   0xb7,   0x387,  0x55f,  0x5f4,  0x2018, 0x2019,
                                   0x2024, 0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
  if (std::ranges::binary_search(kMiddles, point)) return true;
  switch (unicode_properties(point).category()) {
    case Category::kMn:
    case Category::kMe:
    case Category::kCf:
    case Category::kLm:
    case Category::kSk:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_space(uint32_t point) {
  // White_Space, and the separators 1C-1F that Python adds by their bidirectional class.
  if (point < 128) return (point >= 0x9 && point <= 0xd) || (point >= 0x1c && point <= 0x20);
  return unicode_properties(point).is_white_space();
}

bool is_alpha(uint32_t point) {
  if (point < 128) return (point | 32) >= 'a' && (point | 32) <= 'z';
  switch (unicode_properties(point).category()) {
    case Category::kLl:
    case Category::kLm:
    case Category::kLo:
    case Category::kLt:
    case Category::kLu:
      return true;
    default:
      return false;
  }
}

bool is_decimal(uint32_t point) {
  if (point < 128) return point >= '0' && point <= '9';
  return unicode_properties(point).category() == Category::kNd;
}

bool is_digit(uint32_t point) { return is_decimal(point) || contains(kExtraDigits, point); }

bool is_numeric(uint32_t point) {
  if (point < 128) return point >= '0' && point <= '9';
  return is_in(point, Category::kNd, Category::kNo) || contains(kExtraNumerics, point);
}

bool is_printable(uint32_t point) {
  if (point < 128) return point >= 0x20 && point < 0x7f;
  return !is_in(point, Category::kCn, Category::kCs) && !is_in(point, Category::kZl, Category::kZs);
}

bool is_lower(uint32_t point) {
  if (point < 128) return point >= 'a' && point <= 'z';
  return contains(kLowercase, point);
}

bool is_upper(uint32_t point) {
  if (point < 128) return point >= 'A' && point <= 'Z';
  return contains(kUppercase, point);
}

bool is_title(uint32_t point) { return unicode_properties(point).category() == Category::kLt; }

int decimal_value(uint32_t point) {
  if (point < 128) return int(point - '0');
  // Decimal digits stand in blocks of ten, by value; blocks may touch (the mathematical digits do).
  uint32_t zero = point;
  while (is_decimal(zero - 1)) --zero;
  return int((point - zero) % 10);
}

void append_case(std::string& out, uint32_t point, CaseChange change) {
  if (point < 128) {
    const bool lower = change == CaseChange::kLower || change == CaseChange::kFold;
    const bool changes = lower ? point >= 'A' && point <= 'Z' : point >= 'a' && point <= 'z';
    out += char(changes ? point ^ 32 : point);
    return;
  }
  bool done = false;
  switch (change) {
    case CaseChange::kLower:
      done = kLowerTable.append(out, point);
      break;
    case CaseChange::kUpper:
      done = kUpperTable.append(out, point);
      break;
    case CaseChange::kTitle:
      done = kTitleTable.append(out, point) || kUpperTable.append(out, point);
      break;
    case CaseChange::kFold:
      done = kFoldTable.append(out, point) || kLowerTable.append(out, point);
      break;
  }
  if (!done) append_utf8(out, point);
}

std::string_view lower_sigma(std::string_view text, size_t offset) {
  constexpr std::string_view kMiddle = "\xcf\x83", kFinal = "\xcf\x82";
  constexpr size_t kSigmaSize = 2;
  // Backwards by code points: to the start of the one before.
  bool after_letter = false;
  for (size_t end = offset; end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && end - begin < 4 && (uint8_t(text[begin]) & 0xc0) == 0x80) --begin;
    const uint32_t point = next_utf8(text.substr(begin)).code_point;
    end = begin;
    if (is_case_ignorable(point)) continue;
    after_letter = is_cased(point);
    break;
  }
  if (!after_letter) return kMiddle;
  for (size_t at = offset + kSigmaSize; at < text.size();) {
    const Utf8Step step = next_utf8(text.substr(at));
    at += step.size;
    if (is_case_ignorable(step.code_point)) continue;
    return is_cased(step.code_point) ? kMiddle : kFinal;
  }
  return kFinal;
}

}  // namespace hearth::jinja
