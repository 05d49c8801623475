#include "grammar/regex/decimal.h"

#include <algorithm>

namespace hearth::grammar {
namespace {

constexpr int64_t kMaxExponent = 1'000'000'000;

size_t count_digits(std::string_view text) {
  const size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

/// Takes the digits at the start of `text`.
std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, count_digits(text));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view json) {
  const auto bad = [json] {
    return fail(ErrorCode::kInvalidArgument, "{} is no number", json.substr(0, 40));
  };
  std::string_view rest = json;
  Decimal result;
  result.negative = take(rest, "-");
  const std::string_view whole = take_digits(rest);
  if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return bad();
  result.digits = whole;
  if (take(rest, ".")) {
    const std::string_view fraction = take_digits(rest);
    if (fraction.empty()) return bad();
    result.digits += fraction;
    result.exponent = -int64_t(fraction.size());
  }
  int64_t exponent = 0;
  if (take(rest, "eE")) {
    const bool below_one = take(rest, "-");
    if (!below_one) take(rest, "+");
    const std::string_view written = take_digits(rest);
    if (written.empty()) return bad();
    for (const char digit : written) exponent = std::min(exponent * 10 + (digit - '0'), 2 * kMaxExponent);
    if (below_one) exponent = -exponent;
  }
  if (!rest.empty()) return bad();
  result.exponent += exponent;
  result.digits.erase(0, std::min(result.digits.find_first_not_of('0'), result.digits.size()));
  while (!result.digits.empty() && result.digits.back() == '0') {
    result.digits.pop_back();
    ++result.exponent;
  }
  if (result.is_zero()) return Decimal{};
  if (std::abs(exponent) > kMaxExponent)
    return fail(ErrorCode::kInvalidArgument, "the exponent of {} is out of bounds", json.substr(0, 40));
  return result;
}

uint64_t Decimal::num_written() const {
  const int64_t size = int64_t(digits.size());
  if (exponent >= 0) return uint64_t(size + exponent);
  return uint64_t(std::max(size, -exponent));
}

std::string Decimal::integer_part() const {
  const int64_t size = int64_t(digits.size()) + exponent;
  if (size <= 0) return {};
  std::string part = digits.substr(0, size_t(size));
  part.resize(size_t(size), '0');
  return part;
}

std::string Decimal::fraction() const {
  if (exponent >= 0) return {};
  const int64_t num_whole = int64_t(digits.size()) + exponent;
  if (num_whole >= 0) return digits.substr(size_t(num_whole));
  return std::string(size_t(-num_whole), '0') + digits;
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  if (a.is_zero() || b.is_zero()) {
    const int magnitude = int(!a.is_zero()) - int(!b.is_zero());
    return a.negative || b.negative ? -magnitude : magnitude;
  }
  const int sign = a.negative ? -1 : 1;
  const int64_t a_size = int64_t(a.digits.size()) + a.exponent,
                b_size = int64_t(b.digits.size()) + b.exponent;
  if (a_size != b_size) return a_size < b_size ? -sign : sign;
  // Of the same size; no trailing zeros, so a prefix is the lesser one.
  const int order = a.digits.compare(b.digits);
  return order < 0 ? -sign : order > 0 ? sign : 0;
}

}  // namespace hearth::grammar
