#include "text/unicode/reference_categories.h"

#include <algorithm>
#include <span>

#include "text/unicode/unicode_data.h"

namespace hearth {
namespace {

struct CodePointRun {
  uint32_t first, last;
};

#include "text/unicode/reference_categories.inc"

bool is_in(std::span<const CodePointRun> runs, uint32_t code_point) {
  const auto run = std::ranges::lower_bound(runs, code_point, {}, &CodePointRun::last);
  return run != runs.end() && run->first <= code_point;
}

Category category_of(uint32_t code_point) { return unicode_properties(code_point).category(); }

bool is_ascii_symbol(uint32_t code_point) {
  const bool letter = (code_point | 0x20) >= 'a' && (code_point | 0x20) <= 'z';
  return code_point > ' ' && code_point < 0x7f && !letter && (code_point < '0' || code_point > '9');
}

}  // namespace

bool is_reference_punctuation(uint32_t code_point) {
  if (code_point < 128) return is_ascii_symbol(code_point);
  const Category category = category_of(code_point);
  return (category >= Category::kPc && category <= Category::kPs) != is_in(kPunctuationRuns, code_point);
}

bool is_reference_nonspacing(uint32_t code_point) {
  return (category_of(code_point) == Category::kMn) != is_in(kNonspacingRuns, code_point);
}

bool is_reference_mark(uint32_t code_point) {
  const Category category = category_of(code_point);
  return (category >= Category::kMc && category <= Category::kMn) != is_in(kMarkRuns, code_point);
}

bool is_reference_other(uint32_t code_point) {
  if (code_point == '\t' || code_point == '\n' || code_point == '\r') return false;
  const Category category = category_of(code_point);
  const bool other = category == Category::kCc || category == Category::kCf || category == Category::kCo;
  return (other || code_point == 0xfffd) != is_in(kOtherRuns, code_point);
}

}  // namespace hearth
