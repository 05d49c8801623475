#include <fmt/format.h>

#include "grammar/regex/formats/format_expressions.h"

namespace hearth::grammar {
namespace {

constexpr std::string_view kLeapYear =
    "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
constexpr std::string_view kMinutes = "(?:[01]\\d|2[0-3]):[0-5]\\d";
constexpr std::string_view kFraction = "(?:\\.\\d+)?";

std::string plain_time() {
  return fmt::format("{}:[0-5]\\d{}(?:[zZ]|[+-]{})", kMinutes, kFraction, kMinutes);
}

/// The times, and what stands behind their minutes, at which it is 23:59 in UTC: of zones at or behind it (Z,
/// -), or ahead of it (+), where the date is the next one already. Since there are leap seconds, all zones
/// have been of whole quarters of an hour.
std::string last_minute_times(bool ahead) {
  std::string times;
  for (int offset = ahead ? 15 : 0; offset < 24 * 60; offset += 15) {
    const int local = ahead ? offset - 1 : 23 * 60 + 59 - offset;
    const std::string zone = fmt::format("{}{:02}:{:02}", ahead ? "\\+" : "-", offset / 60, offset % 60);
    times += fmt::format("{}{:02}:{:02}:60{}{}", times.empty() ? "" : "|", local / 60, local % 60, kFraction,
                         offset == 0 ? "(?:[zZ]|[+-]00:00)" : zone);
  }
  return "(?:" + times + ")";
}

}  // namespace

std::string date_expression() {
  return fmt::format(
      "(?:\\d{{4}}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|"
      "02-(?:0[1-9]|1\\d|2[0-8]))|{}-02-29)",
      kLeapYear);
}

std::string time_expression() {
  return fmt::format("{}|{}|{}", plain_time(), last_minute_times(false), last_minute_times(true));
}

std::string date_time_expression() {
  return fmt::format("{}[tT]{}|\\d{{4}}-(?:06-30|12-31)[tT]{}|\\d{{4}}-(?:07-01|01-01)[tT]{}",
                     date_expression(), plain_time(), last_minute_times(false), last_minute_times(true));
}

std::string duration_expression() {
  const std::string time = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
  return fmt::format("P(?:(?:\\d+D|\\d+M(?:\\d+D)?|\\d+Y(?:\\d+M(?:\\d+D)?)?)(?:{})?|{}|\\d+W)", time, time);
}

}  // namespace hearth::grammar
