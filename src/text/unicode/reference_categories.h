#pragma once

#include <cstdint>

namespace hearth {

/// What the reference's tokenizers take a code point for: its category, in the
/// older Unicode that their models were trained by. A byte that is no UTF-8 is
/// nothing.
bool is_reference_punctuation(uint32_t code_point);  ///< with the symbols of ASCII
bool is_reference_nonspacing(uint32_t code_point);   ///< a mark that takes no space
bool is_reference_mark(uint32_t code_point);
bool is_reference_other(uint32_t code_point);  ///< a control, format or private character, but tab
                                               ///< and line ends

}  // namespace hearth
