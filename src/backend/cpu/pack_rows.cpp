#include "backend/cpu/pack_rows.h"

#include <cstring>
#include <span>
#include <vector>

#include "backend/cpu/pack_source.h"
#include "base/half.h"

namespace hearth::cpu {

namespace {

template <class Format>
concept Packable = requires { PackSource<Format>::kCodec; };

/// Writes one lane's 4 bytes of a line.
void put_word(uint8_t* lines, size_t line, int lane, uint32_t word) {
  std::memcpy(lines + line * 64 + size_t(lane) * 4, &word, 4);
}

/// Gathers bits `from` .. of `count` groups, `width` bits each, into one word per byte lane.
uint32_t gather_bits(const uint32_t* words, int count, int from, int width) {
  const uint32_t mask = ((1u << width) - 1u) * 0x01010101u;
  uint32_t out = 0;
  for (int g = 0; g < count; ++g) out |= (words[g] >> from & mask) << (g * width);
  return out;
}

template <QuantLayout kLayout>
void put_quants(const uint32_t (&words)[kGroups], int lane, uint8_t* lines) {
  if constexpr (kLayout == QuantLayout::kByte) {
    for (size_t g = 0; g < kGroups; ++g) put_word(lines, g, lane, words[g]);
  } else if constexpr (kLayout == QuantLayout::kTwo || kLayout == QuantLayout::kTwoBit) {
    for (size_t h = 0; h < 2; ++h) put_word(lines, h, lane, gather_bits(words + 4 * h, 4, 0, 2));
    if constexpr (kLayout == QuantLayout::kTwoBit)
      put_word(lines, 2, lane, gather_bits(words, kGroups, 2, 1));
  } else {
    for (size_t l = 0; l < 4; ++l) {
      put_word(lines, l, lane, (words[l] & 0x0f0f0f0fu) | (words[l + 4] & 0x0f0f0f0fu) << 4);
    }
    if constexpr (kLayout == QuantLayout::kNibbleBit)
      put_word(lines, 4, lane, gather_bits(words, kGroups, 4, 1));
    if constexpr (kLayout == QuantLayout::kNibbleTwo) {
      for (size_t h = 0; h < 2; ++h) put_word(lines, 4 + h, lane, gather_bits(words + 4 * h, 4, 4, 2));
    }
  }
}

template <class Format>
void pack_row(const std::byte* row, int lane, int64_t k, uint8_t* panel) {
  using Source = PackSource<Format>;
  constexpr CodecInfo kInfo = codec_info(Source::kCodec);
  constexpr int kSubBlocks = Format::block_size / kBlock;
  static_assert(record_info(kInfo.scales).blocks == kSubBlocks);
  uint8_t* lines = panel;
  uint8_t* record = panel + records_offset(Source::kCodec, k);
  for (int64_t i = 0; i < k; i += Format::block_size, row += sizeof(typename Format::Block)) {
    typename Format::Block block;
    std::memcpy(&block, row, sizeof block);
    for (int sub = 0; sub < kSubBlocks; ++sub) {
      uint32_t words[kGroups];
      Source::quants(block, sub, words);
      put_quants<kInfo.quants>(words, lane, lines);
      lines += quant_lines(kInfo.quants) * 64;
    }
    Source::record(block, lane, record);
    record += record_info(kInfo.scales).bytes;
  }
}

/// Elements [k] of one row into [k][16].
template <typename Element>
void pack_elements(const std::byte* row, int lane, int64_t k, uint8_t* panel) {
  for (int64_t i = 0; i < k; ++i) {
    std::memcpy(panel + size_t(i * kPanelRows + lane) * sizeof(Element), row + size_t(i) * sizeof(Element),
                sizeof(Element));
  }
}

/// Codes [k][16], then scales [k / 32][16].
void pack_e4m3(const std::byte* row, int lane, int64_t k, uint8_t* panel) {
  uint8_t* scales = panel + float_scales_offset(k);
  FP8::Block block;
  for (int64_t i = 0; i < k; i += kBlock, row += sizeof block) {
    std::memcpy(&block, row, sizeof block);
    for (int64_t j = 0; j < kBlock; ++j) panel[(i + j) * kPanelRows + lane] = block.qs[j];
    std::memcpy(scales + size_t(i / kBlock * kPanelRows + lane) * sizeof block.d, &block.d, sizeof block.d);
  }
}

int byte_at(const uint8_t* lines, size_t line, int lane, int i) {
  return lines[line * 64 + size_t(lane) * 4 + size_t(i % 4)];
}

/// Quant i of a block as stored, zero point and codebook index left in.
int stored_quant(QuantLayout layout, const uint8_t* lines, int lane, int i) {
  const auto group = size_t(i / 4);
  const auto two_bits = [&](size_t line) {
    return byte_at(lines, line + group / 4, lane, i) >> (group % 4 * 2) & 3;
  };
  const auto bit = [&](size_t line) { return byte_at(lines, line, lane, i) >> group & 1; };
  const auto nibble = [&] { return byte_at(lines, group % 4, lane, i) >> (group / 4 * 4) & 15; };
  switch (layout) {
    case QuantLayout::kNone:
      break;
    case QuantLayout::kByte:
      return byte_at(lines, group, lane, i);
    case QuantLayout::kNibble:
      return nibble();
    case QuantLayout::kNibbleBit:
      return nibble() | bit(4) << 4;
    case QuantLayout::kNibbleTwo:
      return nibble() | two_bits(4) << 4;
    case QuantLayout::kTwo:
      return two_bits(0);
    case QuantLayout::kTwoBit:
      return two_bits(0) | bit(2) << 2;
  }
  return 0;
}

struct ScaleOfHalf {
  float scale, minimum = 0.0f;
};

/// Scale and minimum of a half block, with the roundings of the format's own decode.
ScaleOfHalf scale_of(ScaleLayout layout, const uint8_t* record, int lane, int sub, int half) {
  const auto half_at = [&](size_t offset) {
    Half value;
    std::memcpy(&value, record + offset + size_t(lane) * 2, 2);
    return to_float(value);
  };
  const auto byte = [&](int offset, int row) { return int(record[offset + row * 16 + lane]); };
  switch (layout) {
    case ScaleLayout::kNone:
      break;
    case ScaleLayout::kHalf:
      return {half_at(0)};
    case ScaleLayout::kHalfMin:
      return {half_at(0), half_at(32)};
    case ScaleLayout::kExponent:
      return {MXFP4::scale(record[lane])};
    case ScaleLayout::kIq4: {
      const int low = byte(32, sub / 2) >> (sub % 2 * 4) & 15, high = byte(96, sub / 4) >> (sub % 4 * 2) & 3;
      return {half_at(0) * float((low | high << 4) - 32)};
    }
    case ScaleLayout::kQ2: {
      const int both = byte(64, sub * 2 + half);
      return {half_at(0) * float(both & 15), half_at(32) * float(both >> 4)};
    }
    case ScaleLayout::kQ3: {
      const int low = byte(32, sub) >> (half * 4) & 15,
                high = byte(160, sub / 2) >> (sub % 2 * 4 + half * 2) & 3;
      return {half_at(0) * float((low | high << 4) - 32)};
    }
    case ScaleLayout::kQ45: {
      const int low = byte(64, sub), high = byte(192, sub / 2) >> (sub % 2 * 4);
      return {half_at(0) * float((low & 15) | (high & 3) << 4),
              half_at(32) * float(low >> 4 | (high >> 2 & 3) << 4)};
    }
    case ScaleLayout::kQ6:
      return {half_at(0) * float(int8_t(byte(32, sub * 2 + half)))};
  }
  return {0.0f};
}

template <typename T>
T element_at(const uint8_t* panel, int64_t i, int row) {
  T value;
  std::memcpy(&value, panel + size_t(i * kPanelRows + row) * sizeof(T), sizeof(T));
  return value;
}

void unpack_e4m3(const uint8_t* panel, int row, int64_t k, float* out) {
  const uint8_t* scales = panel + float_scales_offset(k);
  for (int64_t i = 0; i < k; ++i) {
    out[i] = element_at<float>(scales, i / kBlock, row) * FP8::value(element_at<uint8_t>(panel, i, row));
  }
}

void unpack_quantized(Codec codec, const uint8_t* panel, int row, int64_t k, float* out) {
  const CodecInfo info = codec_info(codec);
  const RecordInfo record = record_info(info.scales);
  const uint8_t* records = panel + records_offset(codec, k);
  for (int64_t block = 0; block < k / kBlock; ++block) {
    const uint8_t* lines = panel + size_t(block) * quant_lines(info.quants) * 64;
    const uint8_t* at = records + size_t(block / record.blocks) * record.bytes;
    for (int half = 0; half < 2; ++half) {
      const ScaleOfHalf s = scale_of(info.scales, at, row, int(block % record.blocks), half);
      for (int i = half * 16; i < half * 16 + 16; ++i) {
        int quant = stored_quant(info.quants, lines, row, i);
        if (codec == Codec::kLut4 || codec == Codec::kLut4K) quant = kIq4Biased.at[quant];
        if (codec == Codec::kLut4Mx) quant = kMxBiased.at[quant];
        const float scaled = s.scale * float(quant - info.zero);
        out[block * kBlock + i] = record.minimum ? scaled + s.minimum : scaled;
      }
    }
  }
}

constexpr bool codebooks_agree() {
  for (int i = 0; i < 16; ++i) {
    if (kIq4Biased.at[i] != kIq4Codebook[i] + 128 || kMxBiased.at[i] != MXFP4::kCodes[i] + 128) return false;
  }
  return true;
}
static_assert(codebooks_agree());

}  // namespace

std::optional<Codec> codec_of(DType dtype) {
  if (dtype == DType::kF16) return Codec::kF16;
  if (dtype == DType::kBF16) return Codec::kBf16;
  if (dtype == DType::kFP8) return Codec::kE4m3;
  std::optional<Codec> codec;
  // A block format without a packed form of its own is held as floats: larger, and as exact.
  visit_format(dtype, [&](auto format) {
    codec = Codec::kF32;
    if constexpr (Packable<decltype(format)>) codec = PackSource<decltype(format)>::kCodec;
  });
  return codec;
}

void pack_panel(Codec codec, DType dtype, const std::byte* rows, int64_t count, int64_t k, uint8_t* panel) {
  const DTypeInfo info = dtype_info(dtype);
  const int64_t row_bytes = k / info.block_size * info.block_bytes;
  std::vector<float> decoded;
  for (int lane = 0; lane < count; ++lane, rows += row_bytes) {
    if (codec == Codec::kF16 || codec == Codec::kBf16) {
      pack_elements<uint16_t>(rows, lane, k, panel);
    } else if (codec == Codec::kE4m3) {
      pack_e4m3(rows, lane, k, panel);
    } else if (codec == Codec::kF32) {
      decoded.resize(size_t(k));
      decode_blocks(dtype, rows, k, decoded.data());
      pack_elements<float>(std::as_bytes(std::span(decoded)).data(), lane, k, panel);
    } else {
      visit_format(dtype, [&](auto format) {
        if constexpr (Packable<decltype(format)>) pack_row<decltype(format)>(rows, lane, k, panel);
      });
    }
  }
}

void unpack_row(Codec codec, const uint8_t* panel, int row, int64_t k, float* out) {
  switch (codec) {
    case Codec::kF32:
      for (int64_t i = 0; i < k; ++i) out[i] = element_at<float>(panel, i, row);
      return;
    case Codec::kF16:
      for (int64_t i = 0; i < k; ++i) out[i] = to_float(element_at<Half>(panel, i, row));
      return;
    case Codec::kBf16:
      for (int64_t i = 0; i < k; ++i) out[i] = to_float(element_at<BFloat16>(panel, i, row));
      return;
    case Codec::kE4m3:
      return unpack_e4m3(panel, row, k, out);
    default:
      return unpack_quantized(codec, panel, row, k, out);
  }
}

}  // namespace hearth::cpu
