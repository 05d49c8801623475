#include "text/jinja/library/format_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

size_t count_points(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += next_utf8(text.substr(at)).size;
  return count;
}

/// Reads a number at `at`; nothing where there is none. Larger than any width stays larger than any width.
std::optional<int> read_number(std::string_view text, size_t& at) {
  constexpr int kHuge = 1'000'000'000;
  const size_t begin = at;
  int64_t value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    value = std::min<int64_t>(value * 10 + (text[at] - '0'), kHuge);
  }
  if (at == begin) return std::nullopt;
  return int(value);
}

std::string group_digits(std::string_view digits, char separator) {
  const size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  std::string grouped;
  for (size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) grouped += separator;
    grouped += digits[i];
  }
  return grouped + std::string(digits.substr(whole));
}

}  // namespace

Result<FieldLayout> parse_format_spec(const OriginString& spec) {
  const std::string_view text = spec.view();
  FieldLayout layout;
  size_t at = 0;
  if (!text.empty()) {
    const size_t first = next_utf8(text).size;
    if (first < text.size() && is_align(text[first])) {
      layout.fill = text.substr(0, first);
      layout.fill_origin = spec.origin_at(0);
      layout.align = text[first];
      at = first + 1;
    } else if (is_align(text[0])) {
      layout.align = text[0];
      at = 1;
    }
  }
  const auto next_is = [&](std::string_view any) {
    return at < text.size() && any.find(text[at]) != any.npos;
  };
  if (next_is("+- ")) layout.sign = text[at++];
  if (next_is("#")) {
    layout.alternate = true;
    ++at;
  }
  if (next_is("0") && layout.align == 0) {
    layout.fill = "0";
    layout.align = '0';
  }
  layout.width = size_t(read_number(text, at).value_or(0));
  if (next_is(",_")) layout.grouping = text[at++];
  if (next_is(".")) {
    ++at;
    layout.precision = read_number(text, at);
    if (!layout.precision)
      return fail(ErrorCode::kInvalidArgument, "format specifier '{}' lacks a precision", text);
  }
  if (at + 1 == text.size()) layout.type = text[at++];
  if (at != text.size()) return fail(ErrorCode::kInvalidArgument, "invalid format specifier '{}'", text);
  return layout;
}

Status append_aligned(TextBuilder& out, const FieldLayout& layout, const OriginString& text, char align) {
  const size_t size = count_points(text.view());
  const size_t padding = layout.width > size ? layout.width - size : 0;
  const char side = layout.align == 0 || layout.align == '0' ? align : layout.align;
  const size_t left = side == '>' || side == '=' ? padding : side == '^' ? padding / 2 : 0;
  TRY(out.append_repeated(left, layout.fill, layout.fill_origin));
  TRY(out.append(text));
  return out.append_repeated(padding - left, layout.fill, layout.fill_origin);
}

Status append_number(TextBuilder& out, const FieldLayout& layout, bool negative, std::string_view prefix,
                     std::string digits, Origin origin) {
  std::string head = negative ? "-" : layout.sign == '+' ? "+" : layout.sign == ' ' ? " " : "";
  head += prefix;
  if (layout.grouping != 0) digits = group_digits(digits, layout.grouping);
  if (layout.align != '=' && layout.align != '0') {
    return append_aligned(out, layout, OriginString(head + digits, origin), '>');
  }
  if (layout.grouping != 0) {
    return fail(ErrorCode::kUnsupported, "format: digit groups together with padding inside of the sign");
  }
  const size_t size = head.size() + digits.size();
  TRY(out.append(head, origin));
  TRY(out.append_repeated(layout.width > size ? layout.width - size : 0, layout.fill, layout.fill_origin));
  return out.append(digits, origin);
}

Result<std::string> float_digits(Runtime& runtime, double value, char type, int precision, bool alternate) {
  const bool upper = type >= 'A' && type <= 'Z';
  const double size = std::fabs(value);
  std::string text;
  if (!std::isfinite(size)) {
    text = std::isnan(size) ? "nan" : "inf";
  } else {
    constexpr size_t kLongestWhole = 320;
    TRY(runtime.meter().check_string(size_t(precision) + kLongestWhole));
    TRY(runtime.meter().spend_scan(size_t(precision)));
    const char lower = char(type | 32);
    const auto style = lower == 'f'   ? std::chars_format::fixed
                       : lower == 'e' ? std::chars_format::scientific
                                      : std::chars_format::general;
    if (lower == 'g') precision = std::max(precision, 1);
    text.resize(size_t(precision) + kLongestWhole);
    text.resize(size_t(std::to_chars(text.data(), text.data() + text.size(), size, style, precision).ptr -
                       text.data()));
    if (alternate && text.find('.') == std::string::npos) {
      text.insert(std::min(text.find('e'), text.size()), ".");
    }
  }
  if (upper)
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return text;
}

}  // namespace hearth::jinja
