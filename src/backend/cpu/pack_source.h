#pragma once

#include <cstdint>
#include <cstring>

#include "backend/cpu/kernels/codebooks.h"
#include "backend/cpu/kernels/panel.h"
#include "quant/format.h"

// How each block format of a file is read for packing: the quants of one block of 32 as 8 words of 4 bytes,
// with the codec's zero point left in, and its part of a scale record. A format is one specialisation of
// PackSource.

namespace hearth::cpu {

inline uint32_t word_at(const void* base, int index) {
  uint32_t word;
  std::memcpy(&word, static_cast<const char*>(base) + index * 4, 4);
  return word;
}

/// Bits 0-3 of `nibble` to bit 0 of bytes 0-3.
inline uint32_t spread_bits(uint32_t nibble) { return (nibble & 15) * 0x00204081u & 0x01010101u; }

/// 16 bytes: byte j holds quants j (low nibble) and j + 16.
inline void nibbles_by_half(const uint8_t* bytes, uint32_t (&words)[kGroups]) {
  for (int g = 0; g < 4; ++g) {
    words[g] = word_at(bytes, g) & 0x0f0f0f0fu;
    words[g + 4] = word_at(bytes, g) >> 4 & 0x0f0f0f0fu;
  }
}

/// 32 bytes: bits shift .. of byte j are quant j.
inline void bits_of_bytes(const uint8_t* bytes, int shift, uint32_t mask, uint32_t (&words)[kGroups]) {
  for (int g = 0; g < kGroups; ++g) words[g] = word_at(bytes, g) >> shift & mask;
}

inline void add_high_bits(const uint8_t* bytes, int shift, uint32_t mask, int to,
                          uint32_t (&words)[kGroups]) {
  for (int g = 0; g < kGroups; ++g) words[g] |= (word_at(bytes, g) >> shift & mask) << to;
}

/// Writes a half into row `lane` of the record's array at `offset`.
inline void put_half(uint8_t* record, size_t offset, int lane, Half half) {
  std::memcpy(record + offset + size_t(lane) * 2, &half, 2);
}
inline Half negated(Half half) { return {uint16_t(half.bits ^ 0x8000u)}; }

template <class Format>
struct PackSource;

template <>
struct PackSource<Q4_0> {
  static constexpr Codec kCodec = Codec::kU4;
  static void quants(const Q4_0::Block& block, int, uint32_t (&words)[kGroups]) {
    nibbles_by_half(block.qs, words);
  }
  static void record(const Q4_0::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
  }
};

template <>
struct PackSource<Q4_1> {
  static constexpr Codec kCodec = Codec::kU4Min;
  static void quants(const Q4_1::Block& block, int, uint32_t (&words)[kGroups]) {
    nibbles_by_half(block.qs, words);
  }
  static void record(const Q4_1::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
    put_half(record, 32, lane, block.m);
  }
};

template <class Format>
void five_bit_quants(const typename Format::Block& block, uint32_t (&words)[kGroups]) {
  nibbles_by_half(block.qs, words);
  const uint32_t high = word_at(block.qh, 0);
  for (int g = 0; g < kGroups; ++g) words[g] |= spread_bits(high >> (4 * g)) << 4;
}

template <>
struct PackSource<Q5_0> {
  static constexpr Codec kCodec = Codec::kU5;
  static void quants(const Q5_0::Block& block, int, uint32_t (&words)[kGroups]) {
    five_bit_quants<Q5_0>(block, words);
  }
  static void record(const Q5_0::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
  }
};

template <>
struct PackSource<Q5_1> {
  static constexpr Codec kCodec = Codec::kU5Min;
  static void quants(const Q5_1::Block& block, int, uint32_t (&words)[kGroups]) {
    five_bit_quants<Q5_1>(block, words);
  }
  static void record(const Q5_1::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
    put_half(record, 32, lane, block.m);
  }
};

template <>
struct PackSource<Q8_0> {
  static constexpr Codec kCodec = Codec::kU8;
  static void quants(const Q8_0::Block& block, int, uint32_t (&words)[kGroups]) {
    for (int g = 0; g < kGroups; ++g) words[g] = word_at(block.qs, g) ^ 0x80808080u;
  }
  static void record(const Q8_0::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
  }
};

template <>
struct PackSource<IQ4_NL> {
  static constexpr Codec kCodec = Codec::kLut4;
  static void quants(const IQ4_NL::Block& block, int, uint32_t (&words)[kGroups]) {
    nibbles_by_half(block.qs, words);
  }
  static void record(const IQ4_NL::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
  }
};

template <>
struct PackSource<MXFP4> {
  static constexpr Codec kCodec = Codec::kLut4Mx;
  static void quants(const MXFP4::Block& block, int, uint32_t (&words)[kGroups]) {
    nibbles_by_half(block.qs, words);
  }
  static void record(const MXFP4::Block& block, int lane, uint8_t* record) { record[lane] = block.e; }
};

template <>
struct PackSource<IQ4_XS> {
  static constexpr Codec kCodec = Codec::kLut4K;
  static void quants(const IQ4_XS::Block& block, int sub, uint32_t (&words)[kGroups]) {
    nibbles_by_half(block.qs + 16 * sub, words);
  }
  static void record(const IQ4_XS::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
    for (int i = 0; i < 4; ++i) record[32 + i * 16 + lane] = block.scales_l[i];
    for (int i = 0; i < 2; ++i) record[96 + i * 16 + lane] = uint8_t(block.scales_h >> (8 * i));
  }
};

template <>
struct PackSource<Q2_K> {
  static constexpr Codec kCodec = Codec::kK2;
  static void quants(const Q2_K::Block& block, int sub, uint32_t (&words)[kGroups]) {
    bits_of_bytes(block.qs + 32 * (sub / 4), sub % 4 * 2, 0x03030303u, words);
  }
  static void record(const Q2_K::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
    put_half(record, 32, lane, negated(block.dmin));
    for (int i = 0; i < 16; ++i) record[64 + i * 16 + lane] = block.scales[i];
  }
};

/// Ternary values are those of Q2_K with scales and minima of 1: d * q - d.
template <class Format>
void record_ternary(const typename Format::Block& block, int lane, uint8_t* record) {
  put_half(record, 0, lane, block.d);
  put_half(record, 32, lane, negated(block.d));
  for (int i = 0; i < 16; ++i) record[64 + i * 16 + lane] = 0x11;
}

template <>
struct PackSource<TQ2_0> {
  static constexpr Codec kCodec = Codec::kK2;
  static void quants(const TQ2_0::Block& block, int sub, uint32_t (&words)[kGroups]) {
    bits_of_bytes(block.qs + 32 * (sub / 4), sub % 4 * 2, 0x03030303u, words);
  }
  static void record(const TQ2_0::Block& block, int lane, uint8_t* record) {
    record_ternary<TQ2_0>(block, lane, record);
  }
};

template <>
struct PackSource<TQ1_0> {
  static constexpr Codec kCodec = Codec::kK2;
  static void quants(const TQ1_0::Block& block, int sub, uint32_t (&words)[kGroups]) {
    uint8_t codes[4 * kGroups];
    for (int i = 0; i < 4 * kGroups; ++i) codes[i] = uint8_t(TQ1_0::code(block, 4 * kGroups * sub + i));
    for (int g = 0; g < kGroups; ++g) words[g] = word_at(codes, g);
  }
  static void record(const TQ1_0::Block& block, int lane, uint8_t* record) {
    record_ternary<TQ1_0>(block, lane, record);
  }
};

template <>
struct PackSource<Q3_K> {
  static constexpr Codec kCodec = Codec::kK3;
  static void quants(const Q3_K::Block& block, int sub, uint32_t (&words)[kGroups]) {
    bits_of_bytes(block.qs + 32 * (sub / 4), sub % 4 * 2, 0x03030303u, words);
    add_high_bits(block.hmask, sub, 0x01010101u, 2, words);
  }
  static void record(const Q3_K::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
    for (int sub = 0; sub < 8; ++sub) {
      const int first = Q3_K::scale(block, 2 * sub) + 32, second = Q3_K::scale(block, 2 * sub + 1) + 32;
      record[32 + sub * 16 + lane] = uint8_t((first & 15) | (second & 15) << 4);
      record[160 + sub / 2 * 16 + lane] |= uint8_t((first >> 4 | second >> 4 << 2) << (sub % 2 * 4));
    }
  }
};

template <class Format>
void record_q45(const typename Format::Block& block, int lane, uint8_t* record) {
  put_half(record, 0, lane, block.d);
  put_half(record, 32, lane, negated(block.dmin));
  for (int sub = 0; sub < 8; ++sub) {
    const int scale = block.scales.scale(sub), minimum = block.scales.minimum(sub);
    record[64 + sub * 16 + lane] = uint8_t((scale & 15) | (minimum & 15) << 4);
    record[192 + sub / 2 * 16 + lane] |= uint8_t((scale >> 4 | minimum >> 4 << 2) << (sub % 2 * 4));
  }
}

template <>
struct PackSource<Q4_K> {
  static constexpr Codec kCodec = Codec::kK4;
  static void quants(const Q4_K::Block& block, int sub, uint32_t (&words)[kGroups]) {
    bits_of_bytes(block.qs + 32 * (sub / 2), sub % 2 * 4, 0x0f0f0f0fu, words);
  }
  static void record(const Q4_K::Block& block, int lane, uint8_t* record) {
    record_q45<Q4_K>(block, lane, record);
  }
};

template <>
struct PackSource<Q5_K> {
  static constexpr Codec kCodec = Codec::kK5;
  static void quants(const Q5_K::Block& block, int sub, uint32_t (&words)[kGroups]) {
    bits_of_bytes(block.qs + 32 * (sub / 2), sub % 2 * 4, 0x0f0f0f0fu, words);
    add_high_bits(block.qh, sub, 0x01010101u, 4, words);
  }
  static void record(const Q5_K::Block& block, int lane, uint8_t* record) {
    record_q45<Q5_K>(block, lane, record);
  }
};

template <>
struct PackSource<Q6_K> {
  static constexpr Codec kCodec = Codec::kK6;
  static void quants(const Q6_K::Block& block, int sub, uint32_t (&words)[kGroups]) {
    bits_of_bytes(block.ql + 64 * (sub / 4) + 32 * (sub % 2), sub % 4 / 2 * 4, 0x0f0f0f0fu, words);
    add_high_bits(block.qh + 32 * (sub / 4), sub % 4 * 2, 0x03030303u, 4, words);
  }
  static void record(const Q6_K::Block& block, int lane, uint8_t* record) {
    put_half(record, 0, lane, block.d);
    for (int i = 0; i < 16; ++i) record[32 + i * 16 + lane] = uint8_t(block.scales[i]);
  }
};

}  // namespace hearth::cpu
