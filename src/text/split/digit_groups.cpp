#include "text/split/digit_groups.h"

#include <algorithm>

#include "base/check.h"
#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Kind = PreTokenizerStep::Kind;

bool is_decimal(uint32_t code_point) { return unicode_properties(code_point).category() == Category::kNd; }
bool is_number(uint32_t code_point) {
  const Category category = unicode_properties(code_point).category();
  return category == Category::kNd || category == Category::kNl || category == Category::kNo;
}
/// \w
bool is_word(uint32_t code_point) {
  const Category category = unicode_properties(code_point).category();
  if ((category >= Category::kLl && category <= Category::kNl) || category == Category::kPc) return true;
  return std::ranges::any_of(kOtherWordRanges, [&](const auto& range) {
    return range.first <= code_point && code_point <= range.second;
  });
}

template <typename IsDigit>
void cut_runs(std::string_view text, IsDigit is_digit, bool at_boundary, bool isolate,
              std::vector<uint32_t>& cuts) {
  const size_t first = cuts.size();
  const auto cut = [&](size_t at) {
    if (at > 0 && (cuts.size() == first || cuts.back() < at)) cuts.push_back(uint32_t(at));
  };
  std::vector<size_t> run;  // where each digit of the run begins
  for (size_t at = 0; at < text.size();) {
    Utf8Step step = next_utf8(text.substr(at));
    if (!is_digit(step.code_point)) {
      at += step.size;
      continue;
    }
    run.clear();
    while (at < text.size()) {
      step = next_utf8(text.substr(at));
      if (!is_digit(step.code_point)) break;
      run.push_back(at);
      at += step.size;
    }
    if (at_boundary && at < text.size() && is_word(step.code_point)) continue;
    if (isolate) cut(run[0]);
    for (size_t i = run.size() % 3; i < run.size(); i += 3) cut(run[i]);
    if (isolate) cut(at);
  }
  cut(text.size());
}

}  // namespace

void cut_digits(Kind kind, std::string_view text, std::vector<uint32_t>& cuts) {
  switch (kind) {
    case Kind::kDigitTriples:
      return cut_runs(text, is_decimal, false, false, cuts);
    case Kind::kDigitTriplesAtBoundary:
      return cut_runs(text, is_decimal, true, true, cuts);
    case Kind::kNumberTriples:
      return cut_runs(text, is_number, false, true, cuts);
    default:
      CHECK(false);
  }
}

}  // namespace hearth
