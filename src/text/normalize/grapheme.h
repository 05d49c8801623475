#pragma once

#include <cstddef>
#include <string_view>

namespace hearth {

/// Where the extended grapheme cluster (UAX 29) that starts at `begin` of `text` ends. Marks, joiners,
/// Hangul, flags and line ends are taken together; the rules for prepended marks and for Indic conjuncts are
/// not followed. A byte that is no UTF-8 is a cluster of its own.
size_t grapheme_end(std::string_view text, size_t begin);

}  // namespace hearth
