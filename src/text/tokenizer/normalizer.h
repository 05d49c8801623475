#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

enum class NormalForm : uint8_t {
  kNone,  ///< the text as it is
  kNfc,   ///< canonical composition
  kNfkc,  ///< compatibility composition
};

/// Whether normalize(text, form) could differ from text; a cheap scan.
bool needs_normalizing(std::string_view text, NormalForm form);

/// `text` in a Unicode normalization form (UAX 15). Bytes that are no UTF-8 stay as they are and compose with
/// nothing. Time is linear but for runs of combining marks, which are sorted.
std::string normalize(std::string_view text, NormalForm form);

}  // namespace hearth
