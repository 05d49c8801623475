#pragma once

#include <cstdint>

namespace hearth::cpu {

/// The 16 values of a 4-bit codebook, plus 128: unsigned, as the products take them.
struct Codebook {
  alignas(16) uint8_t at[16];
};

/// IQ4_NL and IQ4_XS; equal to hearth::kIq4Codebook + 128 (checked where both are seen).
inline constexpr Codebook kIq4Biased = {
    {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241}};
/// MXFP4: twice the E2M1 values.
inline constexpr Codebook kMxBiased = {
    {128, 129, 130, 131, 132, 134, 136, 140, 128, 127, 126, 125, 124, 122, 120, 116}};

}  // namespace hearth::cpu
