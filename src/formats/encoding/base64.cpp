#include "formats/encoding/base64.h"

#include <array>
#include <cstdint>

#include "formats/model/config_keys.h"

namespace hearth {
namespace {

constexpr std::array<int8_t, 256> kValues = [] {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<int8_t, 256> values = {};
  values.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i) values[uint8_t(kAlphabet[i])] = int8_t(i);
  return values;
}();

}  // namespace

Result<std::string> decode_base64(std::string_view text, std::string_view place) {
  const auto broken = [&] {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is no text in base64", place);
  };
  if (text.size() % 4 != 0) return broken();
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t at = 0; at < text.size(); at += 4) {
    const bool last = at + 4 == text.size();
    const size_t letters = last ? 4 - padding : 4;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; ++i) {
      const int8_t value = i < letters ? kValues[uint8_t(text[at + i])] : int8_t(0);
      if (value < 0) return broken();
      bits = bits << 6 | uint32_t(value);
    }
    for (size_t i = 0; i + 1 < letters; ++i) bytes += char(bits >> (16 - 8 * i) & 0xff);
  }
  return bytes;
}

}  // namespace hearth
