#include "grammar/rules/source_cursor.h"

#include <algorithm>

#include "grammar/code_point_set.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

bool SourceCursor::take(std::string_view text) {
  if (!is_next(text)) return false;
  at_ += text.size();
  return true;
}

void SourceCursor::skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

Result<char32_t> SourceCursor::code_point() {
  if (at_end()) return error("the text ends inside of a part");
  const Utf8Step step = next_utf8(text_.substr(at_));
  if (step.code_point == Utf8Step::kBadByte) return error("this is not UTF-8");
  at_ += step.size;
  return char32_t(step.code_point);
}

Result<char32_t> SourceCursor::hexadecimal(size_t count) {
  char32_t value = 0;
  for (size_t i = 0; i < count; ++i, ++at_) {
    const char c = peek();
    const bool is_digit = c >= '0' && c <= '9';
    const char lower = char(c | 0x20);
    if (!is_digit && (lower < 'a' || lower > 'f'))
      return error("{} hexadecimal digits are wanted here", count);
    value = value << 4 | char32_t(is_digit ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

Result<std::optional<char32_t>> SourceCursor::numeric_escape(char32_t letter, size_t place) {
  const size_t count = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (count == 0) return std::nullopt;
  const char32_t value = TRY(hexadecimal(count));
  if (value > kMaxCodePoint || (value >= kFirstSurrogate && value <= kLastSurrogate)) {
    return error_at(place, "this escape is no character");
  }
  return value;
}

Result<uint32_t> SourceCursor::number() {
  const size_t begin = at_;
  uint64_t value = 0;
  for (; peek() >= '0' && peek() <= '9'; ++at_) {
    value = value * 10 + uint64_t(peek() - '0');
    if (value >= UINT32_MAX) return error_at(begin, "this number is too large");
  }
  if (at_ == begin) return error("a number is wanted here");
  return uint32_t(value);
}

std::unexpected<Error> SourceCursor::located(ErrorCode code, size_t place, const std::string& message) const {
  const std::string_view before = text_.substr(0, place);
  const auto line = 1 + std::ranges::count(before, '\n');
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return fail(code, "line {}, column {}: {}", line, 1 + place - line_begin, message);
}

}  // namespace hearth::grammar
