#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text/normalize/aligned_text.h"

namespace hearth {

enum class NormalForm : uint8_t {
  kNone,  ///< the text as it is
  kNfc,   ///< canonical composition
  kNfd,   ///< canonical decomposition
  kNfkc,  ///< compatibility composition
  kNfkd,  ///< compatibility decomposition
};

/// Whether normalize(text, form) could differ from text; a cheap scan.
bool needs_normalizing(std::string_view text, NormalForm form);

/// `text` in a Unicode normalization form (UAX 15). Bytes that are no UTF-8 stay as they are and compose with
/// nothing. Time is linear but for runs of combining marks, which are sorted.
std::string normalize(std::string_view text, NormalForm form);

/// The same in place.
void normalize(AlignedText& text, NormalForm form);

}  // namespace hearth
