// The vocabulary of AVX-512, with VNNI where that is compiled for. See simd_scalar.inl for what each name
// promises.

#include "backend/cpu/x86/lanes.inl"

using F32 = __m512;      // 16 floats
using RowsF32 = __m512;  // one float per panel row in a step
using RowsI32 = __m512i;
using Quads = __m512i;  // 4 quants per panel row in a step

constexpr int kStepRows = 16;
constexpr int kTileWidth = 8;
constexpr int kFloatSteps = 2;
#ifdef __AVX512VNNI__
constexpr bool kSignedBytes = false, kWordSums = false;
#else
constexpr bool kSignedBytes = true, kWordSums = true;
#endif

inline F32 load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, F32 x) { _mm512_storeu_ps(p, x); }
inline F32 splat(float x) { return _mm512_set1_ps(x); }
inline F32 add(F32 a, F32 b) { return _mm512_add_ps(a, b); }
inline F32 sub(F32 a, F32 b) { return _mm512_sub_ps(a, b); }
inline F32 mul(F32 a, F32 b) { return _mm512_mul_ps(a, b); }
inline F32 div(F32 a, F32 b) { return _mm512_div_ps(a, b); }
inline F32 fma(F32 a, F32 b, F32 c) { return _mm512_fmadd_ps(a, b, c); }
inline F32 max(F32 a, F32 b) { return _mm512_max_ps(a, b); }
inline F32 min(F32 a, F32 b) { return _mm512_min_ps(a, b); }
inline F32 abs(F32 a) { return _mm512_abs_ps(a); }
inline F32 max_magnitude(F32 a, F32 b) {
  return _mm512_castsi512_ps(_mm512_max_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}
inline F32 round(F32 a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline F32 pow2(F32 n) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
}
inline float sum_lanes(F32 x) {
  return sum_eight(_mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)));
}
inline float max_lanes(F32 x) {
  return max_eight(_mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)));
}
inline float max_magnitude_lanes(F32 x) {
  const __m512i bits = _mm512_castps_si512(x);
  return max_magnitude_eight(
      _mm256_max_epi32(_mm512_castsi512_si256(bits), _mm512_extracti64x4_epi64(bits, 1)));
}
inline F32 load_half(const uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline F32 load_bf16(const uint16_t* p) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))), 16));
}
inline void store_bytes(int8_t* p, F32 x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x)));
}

inline RowsF32 rows_zero() { return _mm512_setzero_ps(); }
inline RowsF32 rows_splat(float x) { return _mm512_set1_ps(x); }
inline RowsF32 rows_mul(RowsF32 a, RowsF32 b) { return _mm512_mul_ps(a, b); }
inline RowsF32 rows_fma(RowsF32 a, RowsF32 b, RowsF32 c) { return _mm512_fmadd_ps(a, b, c); }
inline RowsF32 rows_add(RowsF32 a, RowsF32 b) { return _mm512_add_ps(a, b); }
inline RowsF32 rows_div(RowsF32 a, RowsF32 b) { return _mm512_div_ps(a, b); }
inline RowsF32 rows_max(RowsF32 a, RowsF32 b) { return _mm512_max_ps(a, b); }
inline RowsF32 rows_min(RowsF32 a, RowsF32 b) { return _mm512_min_ps(a, b); }
inline RowsF32 rows_abs(RowsF32 a) { return abs(a); }
inline RowsF32 rows_round(RowsF32 a) { return round(a); }
inline RowsF32 rows_copysign(RowsF32 a, RowsF32 b) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  return _mm512_or_ps(_mm512_andnot_ps(sign, a), _mm512_and_ps(sign, b));
}
inline RowsF32 rows_power(RowsF32 a) {
  return _mm512_and_ps(a, _mm512_castsi512_ps(_mm512_set1_epi32(0x7f800000)));
}
inline RowsF32 rows_inverse_power(RowsF32 a) {
  return _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(0x7f000000), _mm512_castps_si512(a)));
}
inline bool rows_any_above(RowsF32 a, float limit) {
  return _mm512_cmp_ps_mask(a, _mm512_set1_ps(limit), _CMP_GT_OQ) != 0;
}
inline RowsF32 rows_load(const float* p) { return load(p); }
inline RowsF32 rows_load_half(const uint16_t* p) { return load_half(p); }
inline RowsF32 rows_load_bf16(const uint16_t* p) { return load_bf16(p); }
inline RowsF32 rows_load_e4m3(const uint8_t* p) {
  const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  return _mm512_cvtph_ps(_mm256_and_si256(_mm256_slli_epi16(wide, 7), _mm256_set1_epi16(short(0xbf80))));
}
inline void rows_store(float* p, RowsF32 x) { store(p, x); }
inline RowsI32 rows_splat_int(int32_t x) { return _mm512_set1_epi32(x); }
inline RowsF32 rows_to_float(RowsI32 x) { return _mm512_cvtepi32_ps(x); }
inline RowsI32 rows_to_int(RowsF32 x) { return _mm512_cvttps_epi32(x); }

inline RowsI32 rows_load_bytes(const uint8_t* p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline RowsI32 rows_load_signed(const uint8_t* p) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline RowsI32 rows_bits(RowsI32 x, int shift, int mask) {
  return _mm512_and_si512(_mm512_srl_epi32(x, _mm_cvtsi32_si128(shift)), _mm512_set1_epi32(mask));
}
inline RowsI32 rows_raise(RowsI32 x, int shift) { return _mm512_slli_epi32(x, unsigned(shift)); }
inline RowsI32 rows_join(RowsI32 a, RowsI32 b) { return _mm512_or_si512(a, b); }
inline RowsI32 rows_minus(RowsI32 x, int y) { return _mm512_sub_epi32(x, _mm512_set1_epi32(y)); }
inline RowsI32 rows_mul_add(RowsI32 a, RowsI32 b, RowsI32 c) {
  return _mm512_add_epi32(_mm512_mullo_epi32(a, b), c);
}
inline RowsF32 rows_exponent(RowsI32 e) { return _mm512_castsi512_ps(_mm512_slli_epi32(e, 23)); }

inline Quads load_quads(const uint8_t* p) { return _mm512_loadu_si512(p); }
template <int kShift>
inline Quads bits(Quads x, uint8_t mask) {
  return _mm512_and_si512(_mm512_srli_epi16(x, kShift), _mm512_set1_epi8(char(mask)));
}
template <int kShift>
inline Quads raise(Quads x) {
  return _mm512_slli_epi16(x, kShift);
}
inline Quads join(Quads a, Quads b) { return _mm512_or_si512(a, b); }
inline Quads lookup(const uint8_t* table, Quads index) {
  const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(row), index);
}
inline int32_t load_int(const int8_t* p) {
  int32_t value;
  __builtin_memcpy(&value, p, 4);
  return value;
}
#ifdef __AVX512VNNI__
inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  return _mm512_dpbusd_epi32(sum, weights, _mm512_set1_epi32(load_int(values)));
}
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  return dot_small(sum, weights, values);
}
#else
inline RowsI32 add_pairs(RowsI32 sum, __m512i pairs) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
inline RowsI32 dot_words(Quads weights, const int8_t* values) {
  return _mm512_maddubs_epi16(weights, _mm512_set1_epi32(load_int(values)));
}
inline RowsI32 add_words(RowsI32 a, RowsI32 b) { return _mm512_add_epi16(a, b); }
inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  return add_pairs(sum, dot_words(weights, values));
}
// |w| <= 128 and |a| <= 127, so a pair of products fits 16 bits.
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  const __m512i w = _mm512_xor_si512(weights, _mm512_set1_epi8(char(0x80)));
  const __m512i a = _mm512_set1_epi32(load_int(values));
  const __m512i turned = _mm512_mask_sub_epi8(a, _mm512_movepi8_mask(w), _mm512_setzero_si512(), a);
  return add_pairs(sum, _mm512_maddubs_epi16(_mm512_abs_epi8(w), turned));
}
#endif
