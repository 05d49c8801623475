#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace hearth {

/// How SentencePiece spells a space in a token (U+2581).
inline constexpr std::string_view kEscapedSpace = "\u2581";

/// `prefix`, then `text` with its spaces escaped.
inline std::string escape_spaces(std::string_view text, std::string_view prefix = {}) {
  std::string escaped;
  const size_t num_spaces = size_t(std::ranges::count(text, ' '));
  escaped.reserve(prefix.size() + text.size() + num_spaces * (kEscapedSpace.size() - 1));
  escaped += prefix;
  for (const char byte : text) {
    if (byte == ' ') {
      escaped += kEscapedSpace;
    } else {
      escaped += byte;
    }
  }
  return escaped;
}

/// Appends `text` with its escaped spaces as spaces.
inline void append_unescaped(std::string& out, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const bool space = text.substr(at).starts_with(kEscapedSpace);
    out += space ? ' ' : text[at];
    at += space ? kEscapedSpace.size() : 1;
  }
}

}  // namespace hearth
