#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// One field's layout, as both of Python's ways to format share it.
struct FieldLayout {
  char align = 0;  ///< '<' '>' '^' '=' (between sign and digits), or 0 for the type's own
  std::string fill = " ";
  Origin fill_origin = Origin::kTemplate;
  char sign = '-';  ///< '-' for negative numbers only, '+' always, ' ' a space for the others
  bool alternate = false;
  char grouping = 0;  ///< ',' or '_'
  size_t width = 0;   ///< in code points
  std::optional<int> precision;
  char type = 0;
};

/// Reads a spec of format(). Error: kInvalidArgument for a malformed one.
Result<FieldLayout> parse_format_spec(const OriginString& spec);

/// Appends `text` filled up to the width; `align` is used where the layout has none.
Status append_aligned(TextBuilder& out, const FieldLayout& layout, const OriginString& text, char align);

/// Appends a number of which the sign, a prefix such as 0x, and the digits are given.
Status append_number(TextBuilder& out, const FieldLayout& layout, bool negative, std::string_view prefix,
                     std::string digits, Origin origin);

/// Digits of the absolute value as C's printf writes them for the types e E f F g G.
Result<std::string> float_digits(Runtime& runtime, double value, char type, int precision, bool alternate);

}  // namespace hearth::jinja
