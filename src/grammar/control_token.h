#pragma once

#include <array>
#include <cstdint>

#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

/// How a control token, which has no text, stands in the bytes that an automaton reads: 0xFF and the id in
/// three bytes, the highest first.
inline constexpr uint8_t kControlTokenByte = 0xFF;

constexpr std::array<uint8_t, 4> control_token_bytes(TokenId id) {
  return {kControlTokenByte, uint8_t(id >> 16), uint8_t(id >> 8), uint8_t(id)};
}

}  // namespace hearth::grammar
