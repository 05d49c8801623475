#pragma once

#include <cstddef>
#include <cstdint>

// A packed weight is a list of slices; a slice is a run of panels; a panel holds 16 output rows. Panels of
// quantised codecs go by blocks of 32 inputs: first the quants of every block, in lines of 64 bytes (16 rows
// x 4 inputs, so that a vector lane is a row and no sum crosses lanes), then the scales of every block, [16]
// each.

namespace hearth::cpu {

inline constexpr int kPanelRows = 16;
inline constexpr int kBlock = 32;        ///< inputs that share a scale
inline constexpr int kRecordBlocks = 8;  ///< blocks of a K type that share a record of scales
inline constexpr int kRecord = kRecordBlocks * kBlock;
inline constexpr int kSpanBlocks = 4;  ///< blocks of a record whose inputs share a scale
inline constexpr int kSpan = kSpanBlocks * kBlock;
inline constexpr int kSpans = kRecordBlocks / kSpanBlocks;
inline constexpr int kGroups = 8;  ///< groups of 4 inputs in a block: one line of 8-bit quants each

/// How a panel stores its weights: a layout of quants with a layout of scales. A file's type maps to one of
/// them without loss, and in the same number of bytes.
enum class Codec : uint8_t {
  kF32,     ///< [k][16] binary32
  kF16,     ///< [k][16] binary16
  kBf16,    ///< [k][16] bfloat16
  kE4m3,    ///< FP8: [k][16] bytes, then [k / 32][16] binary32 scales
  kU4,      ///< Q4_0
  kU4Min,   ///< Q4_1
  kU5,      ///< Q5_0
  kU5Min,   ///< Q5_1
  kU8,      ///< Q8_0, stored as value + 128
  kLut4,    ///< IQ4_NL
  kLut4Mx,  ///< MXFP4
  kLut4K,   ///< IQ4_XS
  kK2,      ///< Q2_K
  kK3,      ///< Q3_K
  kK4,      ///< Q4_K
  kK5,      ///< Q5_K
  kK6,      ///< Q6_K
};
inline constexpr int kNumCodecs = 17;

/// Where the bits of a block's 32 quants lie. Every line is 16 rows x 4 bytes.
enum class QuantLayout : uint8_t {
  kNone,       ///< floats
  kByte,       ///< 8 lines, one a group of 4 inputs
  kNibble,     ///< 4 lines; line l holds group l in the low nibbles and group l + 4 in the high ones
  kNibbleBit,  ///< the same, and a line whose bit g is bit 4 of group g
  kNibbleTwo,  ///< nibbles, and 2 lines whose bits 2g, 2g + 1 are bits 4, 5 of groups g and g + 4
  kTwo,        ///< 2 lines; bits 2g, 2g + 1 of line h are group 4h + g
  kTwoBit,     ///< the same, and a line whose bit g is bit 2 of group g
};

/// One record of scales, for `blocks` blocks. Halves are f16, [16] each; bytes are [n][16].
enum class ScaleLayout : uint8_t {
  kNone,
  kHalf,      ///< a block: scale
  kHalfMin,   ///< a block: scale, minimum
  kExponent,  ///< a block: one byte e, scale 2^(e - 128)
  kIq4,  ///< 8 blocks: d; low nibbles of the scales, 2 blocks a byte [4]; upper two bits, 4 blocks a byte [2]
  kQ2,   ///< 8 blocks: d, -dmin; scale | minimum << 4 of each half block [16]
  kQ3,   ///< 8 blocks: d; low nibbles of a block's two halves [8]; upper two bits of two blocks' halves [4]
  kQ45,  ///< 8 blocks: d, -dmin; low nibbles of scale and minimum [8]; their upper bits, 2 blocks a byte [4]
  kQ6,   ///< 8 blocks: d; signed scale of each half block [16]
};

struct CodecInfo {
  QuantLayout quants;
  ScaleLayout scales;
  int zero = 0;       ///< subtracted from a quant; 0 for a codec with minima
  bool wide = false;  ///< quants may exceed 127

  constexpr bool quantized() const { return quants != QuantLayout::kNone; }
};

constexpr CodecInfo codec_info(Codec codec) {
  using enum QuantLayout;
  switch (codec) {
    case Codec::kF32:
    case Codec::kF16:
    case Codec::kBf16:
    case Codec::kE4m3:
      return {kNone, ScaleLayout::kNone};
    case Codec::kU4:
      return {kNibble, ScaleLayout::kHalf, 8};
    case Codec::kU4Min:
      return {kNibble, ScaleLayout::kHalfMin};
    case Codec::kU5:
      return {kNibbleBit, ScaleLayout::kHalf, 16};
    case Codec::kU5Min:
      return {kNibbleBit, ScaleLayout::kHalfMin};
    case Codec::kU8:
      return {kByte, ScaleLayout::kHalf, 128, true};
    case Codec::kLut4:
      return {kNibble, ScaleLayout::kHalf, 128, true};
    case Codec::kLut4Mx:
      return {kNibble, ScaleLayout::kExponent, 128, true};
    case Codec::kLut4K:
      return {kNibble, ScaleLayout::kIq4, 128, true};
    case Codec::kK2:
      return {kTwo, ScaleLayout::kQ2};
    case Codec::kK3:
      return {kTwoBit, ScaleLayout::kQ3, 4};
    case Codec::kK4:
      return {kNibble, ScaleLayout::kQ45};
    case Codec::kK5:
      return {kNibbleBit, ScaleLayout::kQ45};
    case Codec::kK6:
      return {kNibbleTwo, ScaleLayout::kQ6, 32};
  }
  return {};
}

/// Lines of 64 bytes that a block of 32 inputs takes in a panel.
constexpr size_t quant_lines(QuantLayout layout) {
  switch (layout) {
    case QuantLayout::kNone:
      return 0;
    case QuantLayout::kByte:
      return 8;
    case QuantLayout::kNibble:
      return 4;
    case QuantLayout::kNibbleBit:
      return 5;
    case QuantLayout::kNibbleTwo:
      return 6;
    case QuantLayout::kTwo:
      return 2;
    case QuantLayout::kTwoBit:
      return 3;
  }
  return 0;
}

/// What a quant is at most: a line holds one bit of each of a block's 16 x 32 quants.
constexpr int largest_quant(QuantLayout layout) { return (1 << quant_lines(layout)) - 1; }

struct RecordInfo {
  int blocks;    ///< of 32 inputs that share a record
  size_t bytes;  ///< of a record
  int halves;    ///< scales in a block: 1, or 2 of 16 inputs each
  bool minimum;
};

constexpr RecordInfo record_info(ScaleLayout layout) {
  switch (layout) {
    case ScaleLayout::kNone:
      return {1, 0, 1, false};
    case ScaleLayout::kHalf:
      return {1, 32, 1, false};
    case ScaleLayout::kHalfMin:
      return {1, 64, 1, true};
    case ScaleLayout::kExponent:
      return {1, 16, 1, false};
    case ScaleLayout::kIq4:
      return {8, 128, 1, false};
    case ScaleLayout::kQ2:
      return {8, 320, 2, true};
    case ScaleLayout::kQ3:
      return {8, 224, 2, false};
    case ScaleLayout::kQ45:
      return {8, 256, 1, true};
    case ScaleLayout::kQ6:
      return {8, 288, 2, false};
  }
  return {};
}

/// Whether a codec's scales are whole numbers under one scale for each record. Its products add up in whole
/// numbers over a span, which its inputs have to share a scale in.
constexpr bool has_records(Codec codec) {
  return record_info(codec_info(codec).scales).blocks == kRecordBlocks;
}

/// Where a quantised panel's records begin: after the quants of all its blocks.
constexpr size_t records_offset(Codec codec, int64_t k) {
  return size_t(k / kBlock) * quant_lines(codec_info(codec).quants) * 64;
}

/// Where the scales of a panel of kE4m3 begin.
constexpr size_t float_scales_offset(int64_t k) { return size_t(k) * kPanelRows; }

/// Bytes of a panel of `k` inputs, padded to 64. Float codecs take any k, the others a multiple of the type's
/// block.
constexpr size_t panel_bytes(Codec codec, int64_t k) {
  size_t bytes = size_t(k) * kPanelRows * (codec == Codec::kF32 ? 4 : 2);
  if (codec == Codec::kE4m3) bytes = float_scales_offset(k) + size_t(k / kBlock) * kPanelRows * sizeof(float);
  if (codec_info(codec).quantized()) {
    const RecordInfo record = record_info(codec_info(codec).scales);
    bytes = records_offset(codec, k) + size_t(k / kBlock / record.blocks) * record.bytes;
  }
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
