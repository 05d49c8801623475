#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value/value.h"

namespace hearth::jinja {

/// Python's repr of a float: the shortest digits that read back as the same number; "inf", "nan".
std::string float_repr(double value);

/// Decimal digits of an integer.
std::string int_text(Wide value);
/// In base 2, 8, 10 or 16, lower case, without prefix; of the absolute value.
std::string digits_in_base(Wide value, int base);

/// int(text, base), base 0 or 2 to 36: white space around, a sign, underscores between digits, a prefix that
/// fits the base. Nothing for anything else, or for an integer out of range (`too_large` tells).
std::optional<Wide> parse_int(std::string_view text, int base, bool* too_large = nullptr);

/// float(text): nothing for what Python refuses.
std::optional<double> parse_float(std::string_view text);

/// round(value, digits): to the nearest, ties to even, exact in decimal.
double round_to(double value, int digits);

/// Python's % and // of floats and ints; the divisor is not zero.
double floor_mod(double a, double b);
double floor_div(double a, double b);
Wide floor_mod(Wide a, Wide b);
Wide floor_div(Wide a, Wide b);

}  // namespace hearth::jinja
