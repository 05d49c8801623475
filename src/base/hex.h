#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hearth {

/// Lower-case hexadecimal digits, two a byte.
std::string to_hex(std::span<const uint8_t> bytes);
std::string to_hex(std::string_view bytes);

/// Random lower-case hexadecimal digits from the system. For names that must not meet, not for secrets.
std::string random_hex(size_t num_digits);

}  // namespace hearth
