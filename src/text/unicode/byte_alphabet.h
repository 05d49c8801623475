#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// GPT-2's alphabet, in which byte-level vocabularies spell their tokens: a printable character for each
/// byte. The code point of `byte`: itself for printable Latin-1, else the next free one from U+0100 on.
uint32_t alphabet_code_point(uint8_t byte);

/// The byte that a code point of the alphabet stands for.
std::optional<uint8_t> alphabet_byte(uint32_t code_point);

/// Appends the bytes that a token's spelling stands for. Characters that are not of the alphabet stay as they
/// are.
void append_alphabet_bytes(std::string& out, std::string_view spelling);

/// The bytes of a text in which \\t, \\n, \\r and \\xHH are written for bytes, and \\ before itself.
std::string unescaped_bytes(std::string_view escaped);

/// The byte of a token like "<0x0A>".
std::optional<uint8_t> parse_byte_token(std::string_view spelling);

}  // namespace hearth
