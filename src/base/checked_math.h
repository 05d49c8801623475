#pragma once

#include <concepts>
#include <optional>

namespace hearth {

/// a + b, or nothing where the sum does not fit.
template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) {
  T sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

/// a * b, or nothing where the product does not fit.
template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b) {
  T product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

/// `value` rounded up to a multiple of `unit` (> 0), or nothing where that does not fit.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_round_up(T value, T unit) {
  const T rest = value % unit;
  return rest == 0 ? std::optional<T>(value) : checked_add<T>(value, unit - rest);
}

constexpr auto round_up(auto value, auto unit) { return (value + unit - 1) / unit * unit; }
constexpr auto ceil_div(auto value, auto unit) { return (value + unit - 1) / unit; }

}  // namespace hearth
