#include "text/unicode/byte_alphabet.h"

#include <array>

#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr bool is_itself(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

struct Alphabet {
  std::array<uint16_t, 256> code_points = {};
  std::array<int16_t, 0x144> bytes = {};
};

constexpr Alphabet kAlphabet = [] {
  Alphabet alphabet;
  alphabet.bytes.fill(-1);
  uint16_t next = 0x100;
  for (uint16_t byte = 0; byte < 256; ++byte) {
    alphabet.code_points[byte] = is_itself(byte) ? byte : next++;
    alphabet.bytes[alphabet.code_points[byte]] = int16_t(byte);
  }
  return alphabet;
}();

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

uint32_t alphabet_code_point(uint8_t byte) { return kAlphabet.code_points[byte]; }

std::optional<uint8_t> alphabet_byte(uint32_t code_point) {
  if (code_point >= kAlphabet.bytes.size() || kAlphabet.bytes[code_point] < 0) return std::nullopt;
  return uint8_t(kAlphabet.bytes[code_point]);
}

void append_alphabet_bytes(std::string& out, std::string_view spelling) {
  while (!spelling.empty()) {
    const Utf8Step step = next_utf8(spelling);
    if (const std::optional<uint8_t> byte = alphabet_byte(step.code_point)) {
      out += char(*byte);
    } else {
      out += spelling.substr(0, step.size);
    }
    spelling.remove_prefix(step.size);
  }
}

std::string unescaped_bytes(std::string_view escaped) {
  std::string bytes;
  for (size_t at = 0; at < escaped.size(); ++at) {
    if (escaped[at] != '\\' || at + 1 == escaped.size()) {
      bytes += escaped[at];
      continue;
    }
    const char letter = escaped[++at];
    const int high = letter == 'x' && at + 2 < escaped.size() ? hex_value(escaped[at + 1]) : -1;
    const int low = high >= 0 ? hex_value(escaped[at + 2]) : -1;
    if (low >= 0) {
      bytes += char(high * 16 + low);
      at += 2;
    } else {
      bytes += letter == 't' ? '\t' : letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter;
    }
  }
  return bytes;
}

std::optional<uint8_t> parse_byte_token(std::string_view spelling) {
  if (spelling.size() != 6 || !spelling.starts_with("<0x") || spelling[5] != '>') return std::nullopt;
  const int high = hex_value(spelling[3]), low = hex_value(spelling[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return uint8_t(high * 16 + low);
}

}  // namespace hearth
