#pragma once

#include <cstdint>

namespace hearth::grammar {

/// Where in a code point a text of well-formed UTF-8 stands, byte by byte (Unicode, table 3-7).
class Utf8Walk {
 public:
  bool at_boundary() const { return missing_ == 0; }
  /// Bytes of the code point under way that are still to come.
  uint8_t num_missing() const { return missing_; }
  /// False where no well-formed text goes on so; then nothing has changed.
  bool step(uint8_t byte) {
    if (missing_ == 0) return start(byte);
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80, high_ = 0xBF;
    --missing_;
    return true;
  }

 private:
  bool start(uint8_t byte) {
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
  }

  uint8_t missing_ = 0, low_ = 0x80, high_ = 0xBF;
};

}  // namespace hearth::grammar
