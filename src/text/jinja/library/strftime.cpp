#include "text/jinja/library/strftime.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <fmt/format.h>

namespace hearth::jinja {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr size_t kShortName = 3;

/// A number in a field of some width, or a text (width 0).
struct Piece {
  std::string text;
  int width = 0;
  char pad = '0';
};

Piece number(int value, int width, char pad = '0') { return {std::to_string(value), width, pad}; }
Piece words(std::string_view text) { return {std::string(text)}; }

int days_in_year(int year) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return leap ? 366 : 365;
}

/// ISO 8601 year and week: weeks start on Monday, the first one holds January 4.
struct IsoWeek {
  int year, week;
};

IsoWeek iso_week(const std::tm& time) {
  constexpr int kThursday = 4;
  const int year = time.tm_year + 1900;
  const int weekday = time.tm_wday == 0 ? 7 : time.tm_wday;
  // The Thursday of the same week decides the year.
  const int thursday = time.tm_yday + kThursday - weekday;
  if (thursday < 0) return {year - 1, (thursday + days_in_year(year - 1)) / 7 + 1};
  if (thursday >= days_in_year(year)) return {year + 1, 1};
  return {year, thursday / 7 + 1};
}

std::string_view long_form(char directive) {
  switch (directive) {
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'F':
      return "%Y-%m-%d";
    case 'r':
      return "%I:%M:%S %p";
    case 'R':
      return "%H:%M";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    default:
      return {};
  }
}

std::optional<Piece> date_piece(const std::tm& time, char directive) {
  const int year = time.tm_year + 1900;
  switch (directive) {
    case 'a':
      return words(kDays[size_t(time.tm_wday)].substr(0, kShortName));
    case 'A':
      return words(kDays[size_t(time.tm_wday)]);
    case 'b':
    case 'h':
      return words(kMonths[size_t(time.tm_mon)].substr(0, kShortName));
    case 'B':
      return words(kMonths[size_t(time.tm_mon)]);
    case 'C':
      return number(year / 100, 2);
    case 'd':
      return number(time.tm_mday, 2);
    case 'e':
      return number(time.tm_mday, 2, ' ');
    case 'g':
      return number(iso_week(time).year % 100, 2);
    case 'G':
      return number(iso_week(time).year, 1);
    case 'j':
      return number(time.tm_yday + 1, 3);
    case 'm':
      return number(time.tm_mon + 1, 2);
    case 'u':
      return number(time.tm_wday == 0 ? 7 : time.tm_wday, 1);
    case 'U':
      return number((time.tm_yday + 7 - time.tm_wday) / 7, 2);
    case 'V':
      return number(iso_week(time).week, 2);
    case 'w':
      return number(time.tm_wday, 1);
    case 'W':
      return number((time.tm_yday + 7 - (time.tm_wday + 6) % 7) / 7, 2);
    case 'y':
      return number(year % 100, 2);
    case 'Y':
      return number(year, 1);
    default:
      return std::nullopt;
  }
}

std::optional<Piece> clock_piece(const std::tm& time, char directive) {
  const int hour12 = time.tm_hour % 12 == 0 ? 12 : time.tm_hour % 12;
  switch (directive) {
    case 'f':
      return words("000000");
    case 'H':
      return number(time.tm_hour, 2);
    case 'I':
      return number(hour12, 2);
    case 'k':
      return number(time.tm_hour, 2, ' ');
    case 'l':
      return number(hour12, 2, ' ');
    case 'M':
      return number(time.tm_min, 2);
    case 'n':
      return words("\n");
    case 'p':
      return words(time.tm_hour < 12 ? "AM" : "PM");
    case 'P':
      return words(time.tm_hour < 12 ? "am" : "pm");
    case 'S':
      return number(time.tm_sec, 2);
    case 't':
      return words("\t");
    case 'z':
    case 'Z':
      return words("");
    case '%':
      return words("%");
    default:
      return std::nullopt;
  }
}

/// The flags and the width between % and the directive.
struct Modifier {
  char pad = 0;  ///< '-', '_' or '0'
  bool upper = false, swap = false;
  int width = 0;
};

std::string lay_out(const Piece& piece, const Modifier& modifier) {
  std::string text = piece.text;
  if (modifier.upper)
    std::ranges::transform(text, text.begin(), [](char c) { return char(std::toupper(uint8_t(c))); });
  if (modifier.swap) {
    const bool upper = std::ranges::all_of(text, [](char c) { return c < 'a' || c > 'z'; });
    std::ranges::transform(text, text.begin(), [&](char c) {
      return char(upper ? std::tolower(uint8_t(c)) : std::toupper(uint8_t(c)));
    });
  }
  const bool is_number = piece.width > 0;
  char pad = is_number ? piece.pad : ' ';
  if (modifier.pad == '_') pad = ' ';
  if (modifier.pad == '0') pad = '0';
  if (modifier.pad == '-') return text;
  const auto width = size_t(modifier.width > 0 ? modifier.width : piece.width);
  return text.size() < width ? std::string(width - text.size(), pad) + text : text;
}

/// One directive, whose letter and flags are given; unknown ones stay as they were written.
std::string directive_text(const std::tm& time, char directive, const Modifier& modifier,
                           std::string_view written) {
  if (const std::string_view form = long_form(directive); !form.empty()) {
    std::string text;
    for (size_t at = 0; at < form.size(); ++at) {
      text += form[at] == '%' ? directive_text(time, form[++at], {}, "") : std::string(1, form[at]);
    }
    return lay_out(words(text), modifier);
  }
  std::optional<Piece> piece = date_piece(time, directive);
  if (!piece) piece = clock_piece(time, directive);
  return piece ? lay_out(*piece, modifier) : std::string(written);
}

}  // namespace

Status append_time(TextBuilder& out, const std::tm& time, const OriginString& format) {
  constexpr int kWidest = 1000;
  const std::string_view text = format.view();
  for (size_t at = 0; at < text.size();) {
    const size_t begin = std::min(text.find('%', at), text.size());
    TRY(out.append(format, at, begin));
    at = begin + 1;
    if (begin == text.size()) break;
    Modifier modifier;
    for (; at < text.size() && std::string_view("-_0^#").find(text[at]) != std::string_view::npos; ++at) {
      if (text[at] == '^') {
        modifier.upper = true;
      } else if (text[at] == '#') {
        modifier.swap = true;
      } else {
        modifier.pad = text[at];
      }
    }
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      modifier.width = std::min(modifier.width * 10 + (text[at] - '0'), kWidest);
    }
    if (at == text.size()) return out.append(format, begin, at);
    const std::string_view written = text.substr(begin, at + 1 - begin);
    TRY(out.append(directive_text(time, text[at], modifier, written), format.origin_at(begin)));
    ++at;
  }
  return {};
}

}  // namespace hearth::jinja
