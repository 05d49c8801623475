#include "base/printable.h"

#include <fmt/core.h>

namespace hearth {

namespace {

/// Bytes of the well-formed, printable UTF-8 character at the start of `text`; 0 where there is none.
size_t printable_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
  const auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0)
    return continues(1) && (lead != 0xc2 || byte(1) >= 0xa0) ? 2 : 0;  // U+0080..9F are controls
  if (lead < 0xf0) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0, surrogate = lead == 0xed && byte(1) >= 0xa0;
    // U+2028..202E, U+2066..2069: line ends and changes of direction.
    const bool layout = (lead == 0xe2 && byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) ||
                        (lead == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
    return continues(1) && continues(2) && !overlong && !surrogate && !layout ? 3 : 0;
  }
  const bool overlong = lead == 0xf0 && byte(1) < 0x90, too_large = lead == 0xf4 && byte(1) >= 0x90;
  return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
}

bool is_layout(char c) { return c == '\n' || c == '\t'; }

/// Text with what is not printable replaced, byte by byte.
template <typename Replace>
std::string printed(std::string_view text, const Replace& replace) {
  std::string result;
  while (!text.empty()) {
    size_t length = printable_length(text);
    if (length > 0) {
      result += text.substr(0, length);
    } else {
      length = 1;
      result += replace(text.front());
    }
    text.remove_prefix(length);
  }
  return result;
}

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  return fmt::format("\\x{:02x}", uint8_t(c));
}

}  // namespace

std::string quoted(std::string_view text, size_t max_bytes) {
  std::string result = "\"";
  const std::string_view all = text;
  while (!text.empty()) {
    const size_t length = printable_length(text);
    if (all.size() - text.size() + (length == 0 ? 1 : length) > max_bytes) return result + "\"...";
    if (length == 0) {
      result += escaped(text.front());
    } else {
      if (text.front() == '"' || text.front() == '\\') result += '\\';
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result + "\"";
}

std::string visible(std::string_view text) {
  return printed(text, [](char c) { return is_layout(c) ? std::string(1, c) : escaped(c); });
}

std::string visible_line(std::string_view text) {
  return printed(text, [](char c) { return c == '\t' ? "\\t" : escaped(c); });
}

std::string without_controls(std::string_view text) {
  return printed(text, [](char c) -> std::string {
    if (is_layout(c)) return {c};
    // One mark for a character, not for each of its bytes.
    return (uint8_t(c) & 0xc0) == 0x80 ? "" : "\xEF\xBF\xBD";
  });
}

}  // namespace hearth
