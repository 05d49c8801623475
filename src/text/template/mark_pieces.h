#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A text as marks ("<tool_call>", "[TOOL_CALLS]", "<|end|>"), which are whole, and single characters.
std::vector<std::string_view> mark_pieces(std::string_view text);

/// The marks in a text, each with what is written at it, without white space: "<a>\nb <c x=" has "<a>", "b",
/// "<c x=".
std::vector<std::string> mark_words(std::string_view text);

/// Bytes of the longest common beginning, or end, that cuts no mark.
size_t common_prefix(std::string_view a, std::string_view b);
size_t common_suffix(std::string_view a, std::string_view b);

}  // namespace hearth
