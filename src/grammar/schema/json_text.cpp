#include "grammar/schema/json_text.h"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "grammar/regex/decimal.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

namespace {

constexpr uint64_t kMaxDigits = 400;

void write_string(std::string& out, std::string_view text) {
  const auto unit = [&](uint32_t value) { fmt::format_to(std::back_inserter(out), "\\u{:04x}", value); };
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text.substr(at));
    const uint32_t c = step.code_point;
    at += step.size;
    constexpr std::string_view kSaid = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
    const size_t simple = c < 0x80 ? kSaid.find(char(c)) : std::string_view::npos;
    if (simple != std::string_view::npos) {
      out.append(1, '\\').append(1, kNames[simple]);
    } else if (c >= 0x20 && c < 0x7f) {
      out += char(c);
    } else if (c < 0x10000) {
      unit(c);
    } else {
      unit(0xd800 + ((c - 0x10000) >> 10));
      unit(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }
  out += '"';
}

void write_number(std::string& out, std::string_view text) {
  const auto number = Decimal::parse(text);
  if (text.find_first_of("eE") == std::string_view::npos || !number || number->num_written() > kMaxDigits) {
    out += text;
    return;
  }
  const std::string whole = number->integer_part(), fraction = number->fraction();
  out.append(number->negative ? "-" : "").append(whole.empty() ? "0" : whole);
  out.append(fraction.empty() ? "" : ".").append(fraction);
}

void write(std::string& out, const JsonDocument& document, JsonId value) {
  bool first = true;
  const auto comma = [&] {
    if (!first) out += ", ";
    first = false;
  };
  switch (document.kind(value)) {
    case JsonKind::kNull:
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      out += document.source(value);
      break;
    case JsonKind::kNumber:
      write_number(out, document.text(value));
      break;
    case JsonKind::kString:
      write_string(out, document.text(value));
      break;
    case JsonKind::kArray:
      out += '[';
      for (const JsonId item : document.items(value)) {
        comma();
        write(out, document, item);
      }
      out += ']';
      break;
    case JsonKind::kObject:
      out += '{';
      for (const auto& member : document.members(value)) {
        comma();
        write_string(out, document.text(member.key));
        out += ": ";
        write(out, document, member.value);
      }
      out += '}';
      break;
  }
}

}  // namespace

std::string json_text(const JsonDocument& document, JsonId value) {
  std::string out;
  write(out, document, value);
  return out;
}

}  // namespace hearth::grammar
