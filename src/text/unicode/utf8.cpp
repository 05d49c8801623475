#include "text/unicode/utf8.h"

#include <algorithm>

#include "base/check.h"

namespace hearth {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// What a lead byte asks for: the length of its sequence and the range of the second byte (Unicode table
/// 3-7).
struct Lead {
  uint32_t size;  ///< 0: no lead byte
  uint8_t second_low, second_high;
};

constexpr Lead lead_of(uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

/// How many bytes at the start of `bytes` fit the sequence that the first one opens.
uint32_t well_formed_size(std::string_view bytes, const Lead& lead) {
  uint32_t size = 1;
  while (size < lead.size && size < bytes.size()) {
    const uint8_t byte = uint8_t(bytes[size]);
    const bool fits = size == 1 ? byte >= lead.second_low && byte <= lead.second_high : (byte & 0xc0) == 0x80;
    if (!fits) break;
    ++size;
  }
  return size;
}

}  // namespace

Utf8Step next_utf8(std::string_view bytes) {
  const uint8_t first = uint8_t(bytes[0]);
  if (first < 0x80) return {first, 1};
  const Lead lead = lead_of(first);
  if (lead.size == 0 || well_formed_size(bytes, lead) != lead.size) return {Utf8Step::kBadByte, 1};
  uint32_t code_point = first & (0xffu >> (lead.size + 1));
  for (uint32_t i = 1; i < lead.size; ++i) code_point = code_point << 6 | (uint8_t(bytes[i]) & 0x3f);
  return {code_point, lead.size};
}

void append_utf8(std::string& out, uint32_t code_point) {
  if (code_point < 0x80) {
    out += char(code_point);
  } else if (code_point < 0x800) {
    out += char(0xc0 | code_point >> 6);
    out += char(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    out += char(0xe0 | code_point >> 12);
    out += char(0x80 | (code_point >> 6 & 0x3f));
    out += char(0x80 | (code_point & 0x3f));
  } else {
    CHECK(code_point <= 0x10ffff);
    out += char(0xf0 | code_point >> 18);
    out += char(0x80 | (code_point >> 12 & 0x3f));
    out += char(0x80 | (code_point >> 6 & 0x3f));
    out += char(0x80 | (code_point & 0x3f));
  }
}

size_t sanitize_utf8_prefix(std::string_view bytes, std::string& out) {
  size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    const Lead lead = lead_of(uint8_t(rest[0]));
    const uint32_t size = lead.size == 0 ? 1 : well_formed_size(rest, lead);
    if (size == lead.size) {
      out += rest.substr(0, size);
    } else if (lead.size != 0 && size == rest.size()) {
      return at;
    } else {
      out += kReplacement;
    }
    at += size;
  }
  return at;
}

size_t count_code_points(std::string_view bytes) {
  return size_t(
      std::ranges::count_if(bytes, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

std::string sanitize_utf8(std::string_view bytes) {
  std::string out;
  if (sanitize_utf8_prefix(bytes, out) != bytes.size()) out += kReplacement;
  return out;
}

}  // namespace hearth
