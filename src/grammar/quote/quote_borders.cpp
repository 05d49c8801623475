#include "grammar/quote/quote_borders.h"

#include <algorithm>

#include "grammar/quote/word_borders.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

/// A border of code points that moves on through one document.
struct QuoteBorders::Cursor {
  uint32_t at;
  uint64_t chars = 0;  ///< before it

  void advance(std::string_view bytes) {
    do ++at;
    while ((uint8_t(bytes[at]) & 0xc0) == 0x80);
    ++chars;
  }
};

QuoteBorders::QuoteBorders(const QuotableText& text, const QuoteOptions& options)
    : by_words_(options.boundary == QuoteBoundary::kWord), starts_(text.bytes().size()) {
  uint32_t longest = 0;
  for (const auto& part : text.parts()) longest = std::max(longest, part.end - part.begin);
  if (by_words_) ends_ = BitVector(text.bytes().size());
  if (options.max_chars < longest) reach_.resize(text.bytes().size());
  for (const auto& part : text.parts()) {
    if (by_words_) find_words(text.bytes(), part);
    find_starts(text.bytes(), part, std::max<uint64_t>(options.min_chars, 1), options.max_chars);
  }
}

void QuoteBorders::find_words(std::string_view bytes, QuotableText::Part part) {
  using Kind = WordBorders::Kind;
  WordBorders borders;
  bool after_space = true;  // nothing ends where nothing has started
  const auto read = [&](uint32_t at, uint32_t& size) {
    size = 1;
    if (at == part.end) return Kind::kOther;
    const Utf8Step step = next_utf8(bytes.substr(at, part.end - at));
    size = step.size;
    return WordBorders::kind_of(step.code_point);
  };
  uint32_t size = 0;
  Kind kind = read(part.begin, size);
  for (uint32_t at = part.begin; at < part.end;) {
    uint32_t next_size = 0;
    const Kind next = read(at + size, next_size);
    if (borders.border_before(kind, next)) {
      if (!after_space) ends_.set(at);
      if (kind != Kind::kSpace) starts_.set(at);
    }
    after_space = kind == Kind::kSpace;
    at += size;
    kind = next;
    size = next_size;
  }
  if (!after_space) ends_.set(part.end);
}

void QuoteBorders::find_starts(std::string_view bytes, QuotableText::Part part, uint64_t min_chars,
                               uint64_t max_chars) {
  Cursor start{part.begin}, shortest{part.begin}, longest{part.begin};
  uint32_t last_end = part.begin;
  while (start.at < part.end) {
    while (shortest.at < part.end && shortest.chars - start.chars < min_chars) shortest.advance(bytes);
    while (longest.at < part.end && longest.chars - start.chars < max_chars) {
      longest.advance(bytes);
      if (may_end(longest.at)) last_end = longest.at;
    }
    const bool fits = shortest.chars - start.chars >= min_chars && last_end >= shortest.at;
    if (fits && (!by_words_ || starts_[start.at])) {
      starts_.set(start.at);
      if (!reach_.empty()) reach_[start.at] = last_end - start.at;
      ++num_starts_;
    } else {
      starts_.clear(start.at);
    }
    start.advance(bytes);
  }
}

}  // namespace hearth::grammar
