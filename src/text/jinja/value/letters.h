#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::jinja {

/// What Python's str methods say of a code point. A byte that is no UTF-8 (Utf8Step::kBadByte) is nothing.
bool is_space(uint32_t point);
bool is_alpha(uint32_t point);
bool is_decimal(uint32_t point);
bool is_digit(uint32_t point);
bool is_numeric(uint32_t point);
bool is_printable(uint32_t point);
bool is_lower(uint32_t point);
bool is_upper(uint32_t point);
bool is_title(uint32_t point);
inline bool is_alnum(uint32_t point) { return is_alpha(point) || is_numeric(point); }
inline bool is_cased(uint32_t point) { return is_lower(point) || is_upper(point) || is_title(point); }
/// The decimal digit that a code point of is_decimal stands for.
int decimal_value(uint32_t point);

enum class CaseChange : uint8_t { kLower, kUpper, kTitle, kFold };

/// Appends the UTF-8 of a code point in another case. Knows nothing of its neighbours.
void append_case(std::string& out, uint32_t point, CaseChange change);

/// The UTF-8 of the small sigma for the capital one at `offset` of `text`: it has a form for the end of
/// words.
std::string_view lower_sigma(std::string_view text, size_t offset);

}  // namespace hearth::jinja
