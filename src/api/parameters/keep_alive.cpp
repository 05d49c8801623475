#include "api/parameters/keep_alive.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hearth::api {
namespace {

struct Unit {
  std::string_view name;
  double seconds;
};
// The longer of two with one beginning first.
constexpr Unit kUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"\xc2\xb5s", 1e-6}, {"\xce\xbcs", 1e-6},
                           {"ms", 1e-3}, {"s", 1},     {"m", 60},           {"h", 3600}};

std::chrono::nanoseconds from_seconds(double seconds) {
  constexpr double kMost = 9.2e18;
  return std::chrono::nanoseconds(int64_t(std::clamp(seconds * 1e9, -kMost, kMost)));
}

/// Takes a decimal number from the front of a text.
std::optional<double> take_number(std::string_view& text) {
  const size_t size = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + size, number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + size) return std::nullopt;
  text.remove_prefix(size);
  return number;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  double sign = 1;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text.front() == '-') sign = -1;
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  bool is_first = true;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (text.empty() && is_first) return from_seconds(sign * *number);
    const auto* unit =
        std::ranges::find_if(kUnits, [&](const Unit& one) { return text.starts_with(one.name); });
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(unit->name.size());
    seconds += *number * unit->seconds;
    is_first = false;
  }
  return from_seconds(sign * seconds);
}

std::optional<KeepAlive> read_keep_alive(const Json* value) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto time = value->is_string() ? parse_duration(value->get_ref<const std::string&>())
                                       : std::optional(from_seconds(value->get<double>()));
  if (!time) return std::nullopt;
  return time->count() < 0 ? kKeepForever : *time;
}

}  // namespace hearth::api
