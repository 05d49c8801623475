#include "text/jinja/syntax/escapes.h"

#include <charconv>

#include <fmt/format.h>

#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

/// Appends the code point written in `size` hexadecimal digits at `at`, and steps behind them.
Status append_hex(std::string& out, std::string_view literal, size_t& at, size_t size) {
  uint32_t point = 0;
  const char* begin = literal.data() + at;
  const bool whole = at + size <= literal.size();
  if (!whole || std::from_chars(begin, begin + size, point, 16).ptr != begin + size) {
    return fail(ErrorCode::kCorruptData, "a truncated \\x, \\u or \\U escape in a string");
  }
  if (point >= 0xd800 && point < 0xe000) {
    return fail(ErrorCode::kUnsupported, "the surrogate \\u{:04x} in a string: write the character itself",
                point);
  }
  if (point > 0x10ffff) return fail(ErrorCode::kCorruptData, "an illegal code point in a string");
  append_utf8(out, point);
  at += size;
  return {};
}

char simple_escape(char c) {
  switch (c) {
    case '\\':
    case '\'':
    case '"':
      return c;
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return '\0';
  }
}

void append_octal(std::string& out, std::string_view literal, size_t& at) {
  uint32_t point = 0;
  for (int digits = 0; digits < 3 && at < literal.size() && literal[at] >= '0' && literal[at] <= '7';
       ++digits) {
    point = point * 8 + uint32_t(literal[at++] - '0');
  }
  append_utf8(out, point);
}

/// A backslash before a character that is not ASCII: jinja2 spells that character as an escape first, whose
/// backslash then belongs to the one before it.
void append_spelled_out(std::string& out, std::string_view literal, size_t& at) {
  const Utf8Step step = next_utf8(literal.substr(at));
  const uint32_t point = step.code_point;
  if (point == Utf8Step::kBadByte) {
    out += '\\';
    out += literal[at];
  } else {
    out += point < 0x100     ? fmt::format("\\x{:02x}", point)
           : point < 0x10000 ? fmt::format("\\u{:04x}", point)
                             : fmt::format("\\U{:08x}", point);
  }
  at += step.size;
}

}  // namespace

Result<std::string> unescape(std::string_view literal) {
  std::string out;
  for (size_t at = 0; at < literal.size();) {
    if (literal[at] != '\\' || at + 1 == literal.size()) {
      out += literal[at++];
      continue;
    }
    const char c = literal[at + 1];
    if (uint8_t(c) >= 128) {
      append_spelled_out(out, literal, ++at);
      continue;
    }
    at += 2;
    if (c == '\n') continue;
    if (const char plain = simple_escape(c)) {
      out += plain;
    } else if (c >= '0' && c <= '7') {
      append_octal(out, literal, --at);
    } else if (c == 'x' || c == 'u' || c == 'U') {
      TRY(append_hex(out, literal, at, c == 'x' ? 2 : c == 'u' ? 4 : 8));
    } else if (c == 'N') {
      return fail(ErrorCode::kUnsupported, "the escape \\N in a string: write the character itself");
    } else {
      out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace hearth::jinja
