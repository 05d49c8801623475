#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "base/result.h"

namespace hearth::cli {

/// What the value of an argument may be: how it is read, and how `--help` speaks of it.
template <typename T>
struct ValueKind {
  std::string type;     ///< as help calls a value: "N", "FILE"
  std::string allowed;  ///< "1 to 1024"; empty: all of the type
  std::function<Result<T>(std::string_view)>
      parse;                                  ///< errors speak of the value; who calls names the argument
  std::function<std::string(const T&)> show;  ///< the text that is read as this value
  std::vector<std::string> choices = {};      ///< where only these are allowed
};

/// A number in decimal digits; floating ones also as 1e3, inf, nan. Errors: kInvalidArgument quoting `text`.
template <typename T>
  requires std::is_arithmetic_v<T>
Result<T> parse_number(std::string_view text) {
  constexpr std::string_view kNoun = std::is_integral_v<T> ? "whole number" : "number";
  const bool has_plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  const std::string_view number = text.substr(has_plus ? 1 : 0);
  T value{};
  const char* end = number.data() + number.size();
  const auto [at, error] = std::from_chars(number.data(), end, value);
  if (at == end && error == std::errc()) return value;
  const std::string hint = fmt::format("give a {}", kNoun);
  if (at == end && error == std::errc::result_out_of_range) {
    return fail_hint(ErrorCode::kInvalidArgument, hint, "{} is out of range", quoted(text));
  }
  return fail_hint(ErrorCode::kInvalidArgument, hint, "{} is no {}", quoted(text), kNoun);
}

/// A number from `min` to `max`, of which NaN is none.
template <typename T>
  requires std::is_arithmetic_v<T>
ValueKind<T> number(T min, T max = std::numeric_limits<T>::max()) {
  const bool is_open = max == std::numeric_limits<T>::max() && sizeof(T) > sizeof(uint16_t);
  const std::string allowed = is_open ? fmt::format("{} or more", min) : fmt::format("{} to {}", min, max);
  const auto parse = [=](std::string_view text) -> Result<T> {
    // Read as wide as it goes, so that -1 is out of range and not no number.
    using Wide = std::conditional_t<std::is_unsigned_v<T>, __int128, T>;
    Result<T> value = parse_number<T>(text);
    const bool is_negative = !value && std::is_unsigned_v<T> && parse_number<int64_t>(text).has_value();
    if (value && Wide(*value) >= Wide(min) && Wide(*value) <= Wide(max)) return value;
    if (value || is_negative) {
      return fail_hint(ErrorCode::kInvalidArgument, "give " + allowed, "{} is out of range", quoted(text));
    }
    return fail_hint(ErrorCode::kInvalidArgument, "give " + allowed, "{}", value.error().message);
  };
  return {std::is_integral_v<T> ? "N" : "X", allowed, parse,
          [](const T& value) { return fmt::format("{}", value); }};
}

/// Any text of at most `max_bytes`.
ValueKind<std::string> text(std::string type, size_t max_bytes = std::numeric_limits<size_t>::max());

/// Any text but an empty one, as an unset variable of a script leaves it: a file, a name, an address.
ValueKind<std::string> word(std::string type);

/// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& words);

/// One of some names, each of which stands for a value.
template <typename T>
ValueKind<T> choice(const std::vector<std::pair<std::string, T>>& known) {
  std::vector<std::string> names;
  for (const auto& [name, value] : known) names.push_back(name);
  const std::string allowed = either(names);
  const auto parse = [known, allowed](std::string_view text) -> Result<T> {
    for (const auto& [name, value] : known) {
      if (name == text) return value;
    }
    return fail_hint(ErrorCode::kInvalidArgument, "give " + allowed, "{} is not known", quoted(text));
  };
  const auto show = [known](const T& shown) {
    for (const auto& [name, value] : known) {
      if (value == shown) return name;
    }
    return std::string();
  };
  return {"NAME", allowed, parse, show, std::move(names)};
}

/// One of some names.
ValueKind<std::string> choice(const std::vector<std::string>& names);

}  // namespace hearth::cli
