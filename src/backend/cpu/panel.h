#pragma once

#include <cstddef>
#include <cstdint>

// A packed weight is a list of slices; a slice is a run of panels; a panel holds 16 output rows. Panels of
// quantised codecs go by blocks of 32 inputs: first the quants of every block, in lines of 64 bytes (16 rows
// x 4 inputs, so that a vector lane is a row and no sum crosses lanes), then the scales of every block, [16]
// each.

namespace hearth::cpu {

inline constexpr int kPanelRows = 16;
inline constexpr int kBlock = 32;  ///< inputs that share a scale
inline constexpr int kGroups = 8;  ///< groups of 4 inputs in a block: one line of 8-bit quants each

/// How a panel stores its weights. The number of kernels is the number of codecs, not of file formats.
enum class Codec : uint8_t {
  kF32,    ///< [k][16] binary32
  kF16,    ///< [k][16] binary16
  kBf16,   ///< [k][16] bfloat16
  kU4,     ///< 4-bit, zero point 8, f16 scale: Q4_0. Line l: low nibbles are inputs 4l.., high 16 + 4l..
  kU4Min,  ///< 4-bit, f16 scale, f16 minimum: Q4_1
  kU8,     ///< 8-bit stored as value + 128, f16 scale: Q8_0
};
inline constexpr int kNumCodecs = 6;

struct CodecInfo {
  bool quantized;      ///< reads 8-bit activations; otherwise f32
  size_t quant_bytes;  ///< per panel and block of 32 inputs
  size_t scale_bytes;  ///< per panel and block of 32 inputs
};

constexpr CodecInfo codec_info(Codec codec) {
  switch (codec) {
    case Codec::kF32:
      return {false, 64 * kBlock, 0};
    case Codec::kF16:
    case Codec::kBf16:
      return {false, 32 * kBlock, 0};
    case Codec::kU4:
      return {true, 256, 32};
    case Codec::kU4Min:
      return {true, 256, 64};
    case Codec::kU8:
      return {true, 512, 32};
  }
  return {};
}

/// Bytes of a panel of `k` inputs; a multiple of 64. Float codecs take any k, quantised ones a multiple
/// of 32.
constexpr size_t panel_bytes(Codec codec, int64_t k) {
  const CodecInfo info = codec_info(codec);
  const size_t bytes = info.quantized ? size_t(k / kBlock) * (info.quant_bytes + info.scale_bytes)
                                      : size_t(k) * (info.quant_bytes / kBlock);
  return (bytes + 63) / 64 * 64;
}

/// Panels [0, num_panels) that hold output rows [first_row, first_row + num_rows) of a weight.
struct PackedSlice {
  Codec codec;
  int64_t first_row;
  int64_t num_rows;
  int64_t num_panels;
  size_t panel_bytes;
  const uint8_t* panels;
};

}  // namespace hearth::cpu
