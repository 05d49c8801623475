// The vocabulary that every kernel is written in, in plain C++: what it means, and what runs where nothing
// better does. F32 is always 16 floats, whatever the machine's vectors, so that sums have one order
// everywhere.

struct F32 {
  float at[16];
};
using RowsF32 = F32;
struct RowsI32 {
  int32_t at[16];
};
struct Quads {
  uint8_t at[64];
};

constexpr int kStepRows = 16;         // panel rows that a product handles in one step
constexpr int kTileWidth = 2;         // widest tile of columns
constexpr int kFloatSteps = 1;        // steps at once of products with float weights
constexpr bool kSignedBytes = false;  // whether dot_byte takes the zero point of 128 off by itself
constexpr bool kWordSums = false;  // whether pairs of products are summed in 16 bits, by dot_words, add_words
                                   // and add_pairs

#define HEARTH_LANES(expression)                       \
  F32 r;                                               \
  for (int i = 0; i < 16; ++i) r.at[i] = (expression); \
  return r;

inline F32 load(const float* p) { HEARTH_LANES(p[i]) }
inline void store(float* p, F32 x) { __builtin_memcpy(p, x.at, sizeof x.at); }
inline F32 splat(float x) { HEARTH_LANES(x) }
inline F32 add(F32 a, F32 b) { HEARTH_LANES(a.at[i] + b.at[i]) }
inline F32 sub(F32 a, F32 b) { HEARTH_LANES(a.at[i] - b.at[i]) }
inline F32 mul(F32 a, F32 b) { HEARTH_LANES(a.at[i] * b.at[i]) }
inline F32 div(F32 a, F32 b) { HEARTH_LANES(a.at[i] / b.at[i]) }
// One rounding, as the hardware's.
inline F32 fma(F32 a, F32 b, F32 c) { HEARTH_LANES(__builtin_fmaf(a.at[i], b.at[i], c.at[i])) }
inline F32 max(F32 a, F32 b) { HEARTH_LANES(a.at[i] > b.at[i] ? a.at[i] : b.at[i]) }
inline F32 min(F32 a, F32 b) { HEARTH_LANES(a.at[i] < b.at[i] ? a.at[i] : b.at[i]) }
inline F32 abs(F32 a) { HEARTH_LANES(__builtin_fabsf(a.at[i])) }
// Of numbers without a sign, the larger; what is no number is larger than all.
inline F32 max_magnitude(F32 a, F32 b) {
  HEARTH_LANES(__builtin_bit_cast(int32_t, a.at[i]) > __builtin_bit_cast(int32_t, b.at[i]) ? a.at[i]
                                                                                           : b.at[i])
}
// To the nearest integer, ties to even.
inline F32 round(F32 a) { HEARTH_LANES(__builtin_rintf(a.at[i])) }
// 2^n for an integer n in [-126, 127]; of what is no number, anything.
inline F32 pow2(F32 n) {
  HEARTH_LANES(__builtin_bit_cast(float, (int32_t(n.at[i] == n.at[i] ? n.at[i] : 0.0f) + 127) << 23))
}

// By halves: of 16 lanes 8, of these 4, and so on.
inline float sum_lanes(F32 x) {
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) x.at[i] += x.at[i + width];
  }
  return x.at[0];
}
inline float max_lanes(F32 x) {
  float highest = x.at[0];
  for (int i = 1; i < 16; ++i) highest = x.at[i] > highest ? x.at[i] : highest;
  return highest;
}

inline float max_magnitude_lanes(F32 x) {
  int32_t highest = 0;
  for (const float lane : x.at) {
    const auto bits = __builtin_bit_cast(int32_t, lane);
    highest = bits > highest ? bits : highest;
  }
  return __builtin_bit_cast(float, highest);
}

inline float half_to_float(uint16_t bits) {
  const uint32_t sign = uint32_t(bits & 0x8000u) << 16, exponent = (bits >> 10) & 31u,
                 mantissa = bits & 0x3ffu;
  if (exponent == 31u) return __builtin_bit_cast(float, sign | 0x7f800000u | mantissa << 13);
  if (exponent != 0u) return __builtin_bit_cast(float, sign | (exponent + 112u) << 23 | mantissa << 13);
  const float magnitude = float(mantissa) * 0x1p-24f;
  return sign != 0u ? -magnitude : magnitude;
}
inline F32 load_half(const uint16_t* p) { HEARTH_LANES(half_to_float(p[i])) }
inline F32 load_bf16(const uint16_t* p) { HEARTH_LANES(__builtin_bit_cast(float, uint32_t(p[i]) << 16)) }
// 16 integral floats in [-127, 127] as bytes; of what is no number, anything.
inline void store_bytes(int8_t* p, F32 x) {
  for (int i = 0; i < 16; ++i) p[i] = int8_t(x.at[i] == x.at[i] ? x.at[i] : 0.0f);
}

inline RowsF32 rows_zero() { return splat(0.0f); }
inline RowsF32 rows_splat(float x) { return splat(x); }
inline RowsF32 rows_mul(RowsF32 a, RowsF32 b) { return mul(a, b); }
inline RowsF32 rows_fma(RowsF32 a, RowsF32 b, RowsF32 c) { return fma(a, b, c); }
inline RowsF32 rows_add(RowsF32 a, RowsF32 b) { return add(a, b); }
inline RowsF32 rows_div(RowsF32 a, RowsF32 b) { return div(a, b); }
inline RowsF32 rows_max(RowsF32 a, RowsF32 b) { return max(a, b); }
inline RowsF32 rows_min(RowsF32 a, RowsF32 b) { return min(a, b); }
inline RowsF32 rows_abs(RowsF32 a) { return abs(a); }
inline RowsF32 rows_round(RowsF32 a) { return round(a); }
// a's magnitude with b's sign.
inline RowsF32 rows_copysign(RowsF32 a, RowsF32 b) { HEARTH_LANES(__builtin_copysignf(a.at[i], b.at[i])) }
// The largest power of two up to a's magnitude; 0 for a subnormal number.
inline RowsF32 rows_power(RowsF32 a) {
  HEARTH_LANES(__builtin_bit_cast(float, __builtin_bit_cast(uint32_t, a.at[i]) & 0x7f800000u))
}
// 1 / a, of a power of two in [2^-126, 2^126].
inline RowsF32 rows_inverse_power(RowsF32 a) {
  HEARTH_LANES(__builtin_bit_cast(float, 0x7f000000u - __builtin_bit_cast(uint32_t, a.at[i])))
}
inline bool rows_any_above(RowsF32 a, float limit) {
  for (const float x : a.at) {
    if (x > limit) return true;
  }
  return false;
}
inline RowsF32 rows_load(const float* p) { return load(p); }
inline RowsF32 rows_load_half(const uint16_t* p) { return load_half(p); }
inline RowsF32 rows_load_bf16(const uint16_t* p) { return load_bf16(p); }
/// 8-bit floats (E4M3), divided by kE4m3Unit: as halves their exponents stay what they are. None is a NaN.
inline RowsF32 rows_load_e4m3(const uint8_t* p) {
  HEARTH_LANES(half_to_float(uint16_t((p[i] & 0x80) << 8 | (p[i] & 0x7f) << 7)))
}
inline void rows_store(float* p, RowsF32 x) { store(p, x); }
#define HEARTH_INT_LANES(expression)                   \
  RowsI32 r;                                           \
  for (int i = 0; i < 16; ++i) r.at[i] = (expression); \
  return r;

inline RowsI32 rows_splat_int(int32_t x) { HEARTH_INT_LANES(x) }
inline RowsI32 rows_load_bytes(const uint8_t* p) { HEARTH_INT_LANES(p[i]) }
inline RowsI32 rows_load_signed(const uint8_t* p) { HEARTH_INT_LANES(int8_t(p[i])) }
inline RowsI32 rows_bits(RowsI32 x, int shift, int mask) { HEARTH_INT_LANES(x.at[i] >> shift & mask) }
inline RowsI32 rows_raise(RowsI32 x, int shift) { HEARTH_INT_LANES(x.at[i] << shift) }
inline RowsI32 rows_join(RowsI32 a, RowsI32 b) { HEARTH_INT_LANES(a.at[i] | b.at[i]) }
inline RowsI32 rows_minus(RowsI32 x, int y) { HEARTH_INT_LANES(x.at[i] - y) }
inline RowsI32 rows_mul_add(RowsI32 a, RowsI32 b, RowsI32 c) { HEARTH_INT_LANES(a.at[i] * b.at[i] + c.at[i]) }
// 2^(e - 127) for e in [1, 254]; 0 for 0.
inline RowsF32 rows_exponent(RowsI32 e) { HEARTH_LANES(__builtin_bit_cast(float, e.at[i] << 23)) }
inline RowsF32 rows_to_float(RowsI32 x) { HEARTH_LANES(float(x.at[i])) }
// Of whole numbers below 2^31; of others anything.
inline RowsI32 rows_to_int(RowsF32 x) {
  HEARTH_INT_LANES(__builtin_fabsf(x.at[i]) < 0x1p31f ? int32_t(x.at[i]) : 0)
}

inline Quads load_quads(const uint8_t* p) {
  Quads r;
  __builtin_memcpy(r.at, p, sizeof r.at);
  return r;
}
// Bits kShift .. of every byte, as far as `mask` reaches; mask << kShift must fit a byte.
template <int kShift>
inline Quads bits(Quads x, uint8_t mask) {
  for (uint8_t& q : x.at) q = uint8_t(q >> kShift & mask);
  return x;
}
// Every byte << kShift; bits that do not fit may land in the next byte, below its bit kShift.
template <int kShift>
inline Quads raise(Quads x) {
  for (uint8_t& q : x.at) q = uint8_t(q << kShift);
  return x;
}
inline Quads join(Quads a, const Quads& b) {
  for (int i = 0; i < 64; ++i) a.at[i] |= b.at[i];
  return a;
}
// table[index], both bytes, index < 16.
inline Quads lookup(const uint8_t* table, Quads index) {
  for (uint8_t& q : index.at) q = table[q];
  return index;
}
// sum[row] += the dot product of the row's 4 quants and 4 values. Quants are at most 127.
inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  for (int row = 0; row < 16; ++row) {
    for (int i = 0; i < 4; ++i) sum.at[row] += weights.at[4 * row + i] * values[i];
  }
  return sum;
}
// The same for quants of any size; where kSignedBytes, of quant - 128.
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  return dot_small(sum, weights, values);
}

#undef HEARTH_LANES
#undef HEARTH_INT_LANES
