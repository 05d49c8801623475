#include "grammar/quote/testing/quote_oracle.h"

#include <string_view>

#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// What a quote writes for one code point or one run of white space, and where that stands.
struct Unit {
  uint32_t code_point;
  std::string written;
  size_t byte, character;
};

constexpr std::u32string_view kSpaces = U" \n\t\u00a0\u2003";
constexpr std::u32string_view kLetters = U"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_\u00e9\u0436";
constexpr std::u32string_view kDigits = U"0123456789";
constexpr std::u32string_view kExtends = U"\u0301\u00ad\u200c\U0001f3fd";

bool is_in(std::u32string_view set, uint32_t code_point) {
  return set.find(char32_t(code_point)) != std::u32string_view::npos;
}

std::vector<Unit> units_of(const std::string& text, bool fold) {
  std::vector<Unit> units;
  size_t character = 0;
  for (size_t at = 0; at < text.size(); ++character) {
    const Utf8Step step = next_utf8(std::string_view(text).substr(at));
    const bool folds = fold && is_in(kSpaces, step.code_point);
    if (!folds || units.empty() || units.back().written != " ") {
      units.push_back(
          {folds ? ' ' : step.code_point, folds ? " " : text.substr(at, step.size), at, character});
    }
    at += step.size;
  }
  units.push_back({'\n', "", text.size(), character});
  return units;
}

/// The code point at `i` that is no mark, from there back; 0 where there is none.
uint32_t base_of(const std::vector<Unit>& units, size_t end) {
  while (end > 0 && is_in(kExtends, units[end - 1].code_point)) --end;
  return end > 0 ? units[end - 1].code_point : 0;
}

bool joins(const std::vector<Unit>& units, size_t i) {
  const uint32_t sign = units[i].code_point, behind = units[i + 1].code_point, before = base_of(units, i);
  const bool letters = is_in(kLetters, before) && is_in(kLetters, behind);
  const bool digits = is_in(kDigits, before) && is_in(kDigits, behind);
  return (letters && is_in(U".'\u2019:", sign)) || (digits && is_in(U".'\u2019,;", sign));
}

bool is_border(const std::vector<Unit>& units, size_t i) {
  if (i == 0 || i + 1 == units.size()) return true;
  const auto is_word = [](uint32_t c) { return is_in(kLetters, c) || is_in(kDigits, c); };
  if (is_in(kExtends, units[i].code_point)) return false;
  if (is_word(base_of(units, i)) && is_word(units[i].code_point)) return false;
  return !joins(units, i) && !joins(units, i - 1);
}

}  // namespace

QuoteOracle::QuoteOracle(std::span<const QuoteDocument> documents, const QuoteOptions& options) {
  for (const QuoteDocument& document : documents) add(document, options);
  if (options.min_chars == 0) quotes_[""];
  for (const auto& [quote, places] : quotes_) {
    for (size_t size = 0; size <= quote.size(); ++size) beginnings_.insert(quote.substr(0, size));
  }
}

void QuoteOracle::add(const QuoteDocument& document, const QuoteOptions& options) {
  const std::vector<Unit> units = units_of(document.text, options.fold_whitespace);
  const bool by_words = options.boundary == QuoteBoundary::kWord;
  const auto is_space = [&](size_t i) { return is_in(kSpaces, units[i].code_point); };
  for (size_t begin = 0; begin + 1 < units.size(); ++begin) {
    if (by_words && (!is_border(units, begin) || is_space(begin))) continue;
    std::string written;
    for (size_t end = begin + 1; end < units.size() && end - begin <= options.max_chars; ++end) {
      written += units[end - 1].written;
      if (end - begin < options.min_chars) continue;
      if (by_words && (!is_border(units, end) || is_space(end - 1))) continue;
      quotes_[written].push_back(
          {document.id, units[begin].byte, units[end].byte, units[begin].character, units[end].character});
    }
  }
}

}  // namespace hearth::grammar
