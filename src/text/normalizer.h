#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// Whether nfc(text) could differ from text; a cheap scan.
bool needs_nfc(std::string_view text);

/// Unicode Normalization Form C (UAX 15). Bytes that are no UTF-8 stay as they are and compose with nothing.
/// Time is linear but for runs of combining marks, which are sorted.
std::string nfc(std::string_view text);

}  // namespace hearth
