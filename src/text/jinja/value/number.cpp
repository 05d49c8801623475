#include "text/jinja/value/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "text/jinja/value/letters.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  // Shortest digits and their exponent, then laid out as Python does: scientific below 1e-4 and from 1e16 on.
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, size_t(end - buffer));
  std::string out;
  if (text.front() == '-') {
    out = "-";
    text.remove_prefix(1);
  }
  const size_t mark = text.find('e');
  int exponent = 0;
  std::string_view tail = text.substr(mark + 1);
  if (tail.front() == '+') tail.remove_prefix(1);
  std::from_chars(tail.data(), tail.data() + tail.size(), exponent);
  std::string digits(1, text.front());
  if (mark > 2) digits += text.substr(2, mark - 2);
  const int count = int(digits.size());
  if (exponent < -4 || exponent >= 16) {
    out += digits[0];
    if (count > 1) out += '.' + digits.substr(1);
    return out + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return out + "0." + std::string(size_t(-exponent - 1), '0') + digits;
  if (count <= exponent + 1) return out + digits + std::string(size_t(exponent + 1 - count), '0') + ".0";
  return out + digits.substr(0, size_t(exponent) + 1) + '.' + digits.substr(size_t(exponent) + 1);
}

std::string digits_in_base(Wide value, int base) {
  auto rest = value < 0 ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string digits;
  do {
    digits += "0123456789abcdef"[int(rest % unsigned(base))];
    rest /= unsigned(base);
  } while (rest != 0);
  std::ranges::reverse(digits);
  return digits;
}

std::string int_text(Wide value) { return (value < 0 ? "-" : "") + digits_in_base(value, 10); }

namespace {

/// ASCII with the digits of other scripts as ASCII digits and white space trimmed, as int() and float() read
/// it; nothing where another character occurs.
std::optional<std::string> plain_number(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text.substr(at));
    at += step.size;
    if (is_space(step.code_point)) {
      plain += ' ';
    } else if (step.code_point < 128) {
      plain += char(step.code_point);
    } else if (is_decimal(step.code_point)) {
      plain += char('0' + decimal_value(step.code_point));
    } else {
      return std::nullopt;
    }
  }
  const size_t begin = plain.find_first_not_of(' ');
  if (begin == std::string::npos) return std::nullopt;
  return plain.substr(begin, plain.find_last_not_of(' ') - begin + 1);
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = char(c | 32);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

/// The base of a prefix "0x", "0o", "0b" at the start; 0 without one.
int prefix_base(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return 0;
  switch (text[1] | 32) {
    case 'x':
      return 16;
    case 'o':
      return 8;
    case 'b':
      return 2;
    default:
      return 0;
  }
}

/// Takes underscores out where each stands between two digits; false where one does not.
bool drop_underscores(std::string& text) {
  if (text.find('_') == std::string::npos) return true;
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
      continue;
    }
    const bool between =
        i > 0 && i + 1 < text.size() && digit_value(text[i - 1]) < 36 && digit_value(text[i + 1]) < 36;
    if (!between) return false;
  }
  text = std::move(plain);
  return true;
}

}  // namespace

std::optional<Wide> parse_int(std::string_view text, int base, bool* too_large) {
  std::optional<std::string> plain = plain_number(text);
  if (!plain) return std::nullopt;
  std::string_view rest = *plain;
  const bool negative = rest.front() == '-';
  if (negative || rest.front() == '+') rest.remove_prefix(1);
  const int prefix = prefix_base(rest);
  const bool prefixed = prefix != 0 && (base == prefix || base == 0);
  if (prefixed) rest.remove_prefix(2);
  std::string digits(rest);
  if (prefixed && !digits.empty() && digits.front() == '_') digits.erase(0, 1);
  if (digits.empty() || !drop_underscores(digits)) return std::nullopt;
  const int radix = base != 0 ? base : prefixed ? prefix : 10;
  // Base 0 refuses "010", which other languages read as octal.
  const bool zeros = digits.find_first_not_of('0') == std::string::npos;
  if (base == 0 && !prefixed && digits.size() > 1 && digits[0] == '0' && !zeros) return std::nullopt;
  Wide value = 0;
  constexpr Wide kBound = Wide(1) << 100;
  for (const char c : digits) {
    if (digit_value(c) >= radix) return std::nullopt;
    if (value < kBound) value = value * radix + digit_value(c);
  }
  if (value >= kBound) {
    if (too_large != nullptr) *too_large = true;
    return std::nullopt;
  }
  return negative ? -value : value;
}

std::optional<double> parse_float(std::string_view text) {
  std::optional<std::string> plain = plain_number(text);
  if (!plain || !drop_underscores(*plain)) return std::nullopt;
  std::string_view rest = *plain;
  const bool negative = rest.front() == '-';
  if (negative || rest.front() == '+') rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  std::string lower(rest);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  double value = 0;
  if (lower == "inf" || lower == "infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (lower == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    const bool starts_well = (lower[0] >= '0' && lower[0] <= '9') || lower[0] == '.';
    if (!starts_well) return std::nullopt;
    const auto [end, error] = std::from_chars(lower.data(), lower.data() + lower.size(), value);
    if (end != lower.data() + lower.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      const bool small =
          lower.find("e-") != std::string::npos || lower.find_first_of("123456789.") == lower.find('.');
      value = small ? 0.0 : std::numeric_limits<double>::infinity();
    }
  }
  return negative ? -value : value;
}

double round_to(double value, int digits) {
  if (!std::isfinite(value)) return value;
  constexpr int kMaxDigits = 323, kMinDigits = -308;  // beyond, nothing is rounded, or all
  if (digits > kMaxDigits) return value;
  if (digits < kMinDigits) return std::copysign(0.0, value);
  if (digits >= 0) {
    // Correctly rounded decimal digits, read back.
    char text[700];
    const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr;
    double rounded = value;
    std::from_chars(text, end, rounded);
    return rounded;
  }
  const double unit = std::pow(10.0, -digits);
  return std::nearbyint(value / unit) * unit;
}

double floor_mod(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

double floor_div(double a, double b) {
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

Wide floor_mod(Wide a, Wide b) {
  const Wide rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

Wide floor_div(Wide a, Wide b) {
  const Wide quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

}  // namespace hearth::jinja
