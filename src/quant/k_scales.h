#pragma once

#include <cstdint>

namespace hearth {

/// Eight 6-bit scales and eight 6-bit minima in 12 bytes, as Q4_K and Q5_K store them. Bytes 0-3 hold scales
/// 0-3 and bytes 4-7 minima 0-3 in their low six bits. Byte 8 + j holds the low nibbles of scale 4 + j (low)
/// and minimum 4 + j (high), whose upper two bits are the upper two of bytes j and 4 + j.
struct KScales {
  uint8_t bytes[12];

  constexpr int scale(int group) const {
    if (group < 4) return bytes[group] & 63;
    return (bytes[group + 4] & 15) | (bytes[group - 4] >> 6) << 4;
  }
  constexpr int minimum(int group) const {
    if (group < 4) return bytes[group + 4] & 63;
    return bytes[group + 4] >> 4 | (bytes[group] >> 6) << 4;
  }

  /// Each scale and minimum in [0, 63].
  static constexpr KScales pack(const int (&scales)[8], const int (&minima)[8]) {
    KScales packed{};
    for (int j = 0; j < 4; ++j) {
      packed.bytes[j] = uint8_t(scales[j] | (scales[j + 4] >> 4) << 6);
      packed.bytes[j + 4] = uint8_t(minima[j] | (minima[j + 4] >> 4) << 6);
      packed.bytes[j + 8] = uint8_t((scales[j + 4] & 15) | (minima[j + 4] & 15) << 4);
    }
    return packed;
  }
};
static_assert(sizeof(KScales) == 12);

}  // namespace hearth
