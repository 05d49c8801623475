#include "backend/cpu/pack_rows.h"

#include <cstring>

#include "base/check.h"
#include "base/half.h"

namespace hearth::cpu {

namespace {

template <typename T>
T read_at(const void* base, size_t offset) {
  T value;
  std::memcpy(&value, static_cast<const char*>(base) + offset, sizeof(T));
  return value;
}

/// Elements [k] of `size` bytes of one row into [k][16].
template <typename Element>
void pack_elements(const std::byte* row, int lane, int64_t k, uint8_t* panel) {
  for (int64_t i = 0; i < k; ++i)
    std::memcpy(panel + (i * kPanelRows + lane) * sizeof(Element), row + i * sizeof(Element),
                sizeof(Element));
}

/// Blocks of f16 scale [, f16 minimum], 16 bytes of nibbles: byte j holds inputs j and j + 16.
void pack_nibbles(const std::byte* row, int lane, int64_t k, size_t scale_size, uint8_t* panel) {
  const int64_t blocks = k / kBlock;
  uint8_t* scales = panel + blocks * 256;
  for (int64_t block = 0; block < blocks; ++block, row += scale_size + 16) {
    for (size_t part = 0; part < scale_size / 2; ++part) {
      std::memcpy(scales + (size_t(block) * scale_size / 2 + part) * 32 + size_t(lane) * 2, row + part * 2,
                  2);
    }
    for (int line = 0; line < 4; ++line) {
      std::memcpy(panel + block * 256 + line * 64 + lane * 4, row + scale_size + line * 4, 4);
    }
  }
}

/// Blocks of f16 scale, 32 signed bytes.
void pack_bytes(const std::byte* row, int lane, int64_t k, uint8_t* panel) {
  const int64_t blocks = k / kBlock;
  uint8_t* scales = panel + blocks * 512;
  for (int64_t block = 0; block < blocks; ++block, row += 34) {
    std::memcpy(scales + block * 32 + lane * 2, row, 2);
    for (int group = 0; group < kGroups; ++group) {
      const uint32_t quants = read_at<uint32_t>(row, 2 + size_t(group) * 4) ^ 0x80808080u;
      std::memcpy(panel + block * 512 + group * 64 + lane * 4, &quants, 4);
    }
  }
}

void unpack_nibbles(const uint8_t* panel, int row, int64_t k, bool has_min, float* out) {
  const int64_t blocks = k / kBlock;
  const uint8_t* scales = panel + blocks * 256;
  for (int64_t block = 0; block < blocks; ++block) {
    const uint8_t* at = scales + block * (has_min ? 64 : 32) + row * 2;
    const float scale = to_float(read_at<Half>(at, 0));
    const float minimum = has_min ? to_float(read_at<Half>(at, 32)) : 0.0f;
    for (int i = 0; i < 16; ++i) {
      const int byte = panel[block * 256 + i / 4 * 64 + row * 4 + i % 4];
      const int zero = has_min ? 0 : 8;
      out[block * kBlock + i] = float((byte & 15) - zero) * scale + minimum;
      out[block * kBlock + 16 + i] = float((byte >> 4) - zero) * scale + minimum;
    }
  }
}

void unpack_bytes(const uint8_t* panel, int row, int64_t k, float* out) {
  const int64_t blocks = k / kBlock;
  for (int64_t i = 0; i < k; ++i) {
    const int64_t block = i / kBlock, at = i % kBlock;
    const float scale = to_float(read_at<Half>(panel + blocks * 512 + block * 32, size_t(row) * 2));
    out[i] = float(int(panel[block * 512 + at / 4 * 64 + row * 4 + at % 4]) - 128) * scale;
  }
}

}  // namespace

std::optional<Codec> codec_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return Codec::kF32;
    case DType::kF16:
      return Codec::kF16;
    case DType::kBF16:
      return Codec::kBf16;
    case DType::kQ4_0:
      return Codec::kU4;
    case DType::kQ4_1:
      return Codec::kU4Min;
    case DType::kQ8_0:
      return Codec::kU8;
    default:
      return std::nullopt;
  }
}

void pack_panel(Codec codec, DType dtype, const std::byte* rows, int64_t count, int64_t k, uint8_t* panel) {
  const DTypeInfo info = dtype_info(dtype);
  const int64_t row_bytes = k / info.block_size * info.block_bytes;
  for (int lane = 0; lane < count; ++lane, rows += row_bytes) {
    switch (codec) {
      case Codec::kF32:
        pack_elements<uint32_t>(rows, lane, k, panel);
        break;
      case Codec::kF16:
      case Codec::kBf16:
        pack_elements<uint16_t>(rows, lane, k, panel);
        break;
      case Codec::kU4:
        pack_nibbles(rows, lane, k, 2, panel);
        break;
      case Codec::kU4Min:
        pack_nibbles(rows, lane, k, 4, panel);
        break;
      case Codec::kU8:
        pack_bytes(rows, lane, k, panel);
        break;
    }
  }
}

void unpack_row(Codec codec, const uint8_t* panel, int row, int64_t k, float* out) {
  switch (codec) {
    case Codec::kF32:
      for (int64_t i = 0; i < k; ++i) out[i] = read_at<float>(panel, size_t(i * kPanelRows + row) * 4);
      return;
    case Codec::kF16:
      for (int64_t i = 0; i < k; ++i)
        out[i] = to_float(read_at<Half>(panel, size_t(i * kPanelRows + row) * 2));
      return;
    case Codec::kBf16:
      for (int64_t i = 0; i < k; ++i)
        out[i] = to_float(read_at<BFloat16>(panel, size_t(i * kPanelRows + row) * 2));
      return;
    case Codec::kU4:
      return unpack_nibbles(panel, row, k, false, out);
    case Codec::kU4Min:
      return unpack_nibbles(panel, row, k, true, out);
    case Codec::kU8:
      return unpack_bytes(panel, row, k, out);
  }
}

}  // namespace hearth::cpu
