#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

/// One step through bytes that may be UTF-8: a code point and the bytes it takes, or one bad byte.
struct Utf8Step {
  static constexpr uint32_t kBadByte = 0xffffffff;  ///< code_point of a byte that is in no code point

  uint32_t code_point;
  uint32_t size;
};

/// The step at the start of `bytes` (not empty). Refuses overlong forms, surrogates and values above
/// U+10FFFF.
Utf8Step next_utf8(std::string_view bytes);

/// Appends the UTF-8 of a scalar value.
void append_utf8(std::string& out, uint32_t code_point);

/// How many code points the bytes are, where they are UTF-8.
size_t count_code_points(std::string_view bytes);

/// Moves the whole code points at the start of `bytes` to `out`, bad sequences as U+FFFD, one for each
/// maximal subpart (Unicode section 3.9, the WHATWG decoder). Returns how many bytes were taken; the rest, at
/// most 3 bytes, is the start of a code point that more bytes could finish.
size_t sanitize_utf8_prefix(std::string_view bytes, std::string& out);

/// The same for text that ends here: what is unfinished becomes U+FFFD too.
std::string sanitize_utf8(std::string_view bytes);

}  // namespace hearth
