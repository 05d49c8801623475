#include "base/hex.h"

#include "base/entropy.h"

namespace hearth {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

}  // namespace

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string to_hex(std::string_view bytes) {
  return to_hex(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

std::string random_hex(size_t num_digits) {
  std::string text(num_digits, '0');
  uint64_t bits = 0;
  for (size_t i = 0; i < num_digits; ++i, bits >>= 4) {
    if (i % 16 == 0) bits = random_bits();
    text[i] = kDigits[bits & 15];
  }
  return text;
}

}  // namespace hearth
