#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "api/parameters/schema.h"

namespace hearth::api {

/// How long a model stays loaded after a request.
using KeepAlive = std::chrono::nanoseconds;
inline constexpr KeepAlive kKeepForever = KeepAlive::max();

/// A duration as Go writes it: "5m", "1h30m", "-1s", "300ms"; a number without a unit is seconds. Nothing for
/// what is none. Durations beyond 292 years are that long.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

inline constexpr TextFormat kDuration = {
    .expected = "a duration",
    .hint = R"(write 300, "5m", "24h" or -1)",
    .json_schema = [] { return Json{{"pattern", "^[-+]?([0-9.]+(ns|us|\xc2\xb5s|ms|s|m|h)?)+$"}}; },
    .matches = [](std::string_view text) { return parse_duration(text).has_value(); }};
inline constexpr Schema kDurationForms[] = {Schema::any_number(), Schema::formatted(kDuration)};

/// Seconds or a duration, under any name; below 0: forever.
inline constexpr Schema kKeepAlive = Schema::either(kDurationForms);
/// Of a checked value. Nothing where there is none: what the server does otherwise.
std::optional<KeepAlive> read_keep_alive(const Json* value);

}  // namespace hearth::api
