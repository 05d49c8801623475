#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::grammar {

/// A decimal number, exactly: digits * 10^exponent, without zeros at either end of the digits; 0 has none.
struct Decimal {
  bool negative = false;  ///< never of 0
  std::string digits;
  int64_t exponent = 0;

  /// From a number as JSON writes it. kInvalidArgument otherwise, or where the exponent is out of 10^9.
  static Result<Decimal> parse(std::string_view json);

  bool is_zero() const { return digits.empty(); }
  /// Digits before the point, without leading zeros, and behind it, without trailing ones. Long where the
  /// exponent is: ask num_written() first.
  std::string integer_part() const;
  std::string fraction() const;
  uint64_t num_written() const;
};

/// Below 0, 0 or above 0, as a - b is.
int compare(const Decimal& a, const Decimal& b);

}  // namespace hearth::grammar
