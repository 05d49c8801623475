// The vocabulary of AVX2 with FMA and F16C, and with AVX-VNNI where that is compiled for. See simd_scalar.inl
// for what each name promises.

#include "backend/cpu/x86/lanes.inl"

struct F32 {
  __m256 a, b;
};
using RowsF32 = __m256;
using RowsI32 = __m256i;
using Quads = __m256i;

constexpr int kStepRows = 8;
constexpr int kTileWidth = 4;
constexpr int kFloatSteps = 2;
#ifdef __AVXVNNI__
constexpr bool kSignedBytes = false, kWordSums = false;
#else
constexpr bool kSignedBytes = true, kWordSums = true;
#endif

inline F32 load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, F32 x) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
inline F32 splat(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline F32 add(F32 x, F32 y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
inline F32 sub(F32 x, F32 y) { return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)}; }
inline F32 mul(F32 x, F32 y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
inline F32 div(F32 x, F32 y) { return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)}; }
inline F32 fma(F32 x, F32 y, F32 z) {
  return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
inline F32 max(F32 x, F32 y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
inline F32 min(F32 x, F32 y) { return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)}; }
inline F32 abs(F32 x) {
  const __m256 mask = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
  return {_mm256_and_ps(x.a, mask), _mm256_and_ps(x.b, mask)};
}
inline F32 max_magnitude(F32 x, F32 y) {
  return {_mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(x.a), _mm256_castps_si256(y.a))),
          _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(x.b), _mm256_castps_si256(y.b)))};
}
inline F32 round(F32 x) {
  constexpr int kMode = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return {_mm256_round_ps(x.a, kMode), _mm256_round_ps(x.b, kMode)};
}
inline __m256 pow2_half(__m256 n) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
inline F32 pow2(F32 n) { return {pow2_half(n.a), pow2_half(n.b)}; }
inline float sum_lanes(F32 x) { return sum_eight(_mm256_add_ps(x.a, x.b)); }
inline float max_lanes(F32 x) { return max_eight(_mm256_max_ps(x.a, x.b)); }
inline float max_magnitude_lanes(F32 x) {
  return max_magnitude_eight(_mm256_max_epi32(_mm256_castps_si256(x.a), _mm256_castps_si256(x.b)));
}
inline RowsF32 rows_load_half(const uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline RowsF32 rows_load_bf16(const uint16_t* p) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))), 16));
}
inline RowsF32 rows_load_e4m3(const uint8_t* p) {
  const __m128i wide = _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  return _mm256_cvtph_ps(_mm_and_si128(_mm_slli_epi16(wide, 7), _mm_set1_epi16(short(0xbf80))));
}
inline F32 load_half(const uint16_t* p) { return {rows_load_half(p), rows_load_half(p + 8)}; }
inline F32 load_bf16(const uint16_t* p) { return {rows_load_bf16(p), rows_load_bf16(p + 8)}; }
inline void store_bytes(int8_t* p, F32 x) {
  const __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(x.a), _mm256_cvtps_epi32(x.b));
  const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8);
  const __m128i bytes =
      _mm_packs_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
}

inline RowsF32 rows_zero() { return _mm256_setzero_ps(); }
inline RowsF32 rows_splat(float x) { return _mm256_set1_ps(x); }
inline RowsF32 rows_mul(RowsF32 a, RowsF32 b) { return _mm256_mul_ps(a, b); }
inline RowsF32 rows_fma(RowsF32 a, RowsF32 b, RowsF32 c) { return _mm256_fmadd_ps(a, b, c); }
inline RowsF32 rows_add(RowsF32 a, RowsF32 b) { return _mm256_add_ps(a, b); }
inline RowsF32 rows_div(RowsF32 a, RowsF32 b) { return _mm256_div_ps(a, b); }
inline RowsF32 rows_max(RowsF32 a, RowsF32 b) { return _mm256_max_ps(a, b); }
inline RowsF32 rows_min(RowsF32 a, RowsF32 b) { return _mm256_min_ps(a, b); }
inline RowsF32 rows_abs(RowsF32 a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
inline RowsF32 rows_round(RowsF32 a) {
  return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
inline RowsF32 rows_copysign(RowsF32 a, RowsF32 b) {
  return _mm256_or_ps(rows_abs(a), _mm256_and_ps(_mm256_set1_ps(-0.0f), b));
}
inline RowsF32 rows_power(RowsF32 a) {
  return _mm256_and_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(0x7f800000)));
}
inline RowsF32 rows_inverse_power(RowsF32 a) {
  return _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(0x7f000000), _mm256_castps_si256(a)));
}
inline bool rows_any_above(RowsF32 a, float limit) {
  return _mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_set1_ps(limit), _CMP_GT_OQ)) != 0;
}
inline RowsF32 rows_load(const float* p) { return _mm256_loadu_ps(p); }
inline void rows_store(float* p, RowsF32 x) { _mm256_storeu_ps(p, x); }
inline RowsI32 rows_splat_int(int32_t x) { return _mm256_set1_epi32(x); }
inline RowsF32 rows_to_float(RowsI32 x) { return _mm256_cvtepi32_ps(x); }
inline RowsI32 rows_to_int(RowsF32 x) { return _mm256_cvttps_epi32(x); }

inline RowsI32 rows_load_bytes(const uint8_t* p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
inline RowsI32 rows_load_signed(const uint8_t* p) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
inline RowsI32 rows_bits(RowsI32 x, int shift, int mask) {
  return _mm256_and_si256(_mm256_srl_epi32(x, _mm_cvtsi32_si128(shift)), _mm256_set1_epi32(mask));
}
inline RowsI32 rows_raise(RowsI32 x, int shift) { return _mm256_slli_epi32(x, shift); }
inline RowsI32 rows_join(RowsI32 a, RowsI32 b) { return _mm256_or_si256(a, b); }
inline RowsI32 rows_minus(RowsI32 x, int y) { return _mm256_sub_epi32(x, _mm256_set1_epi32(y)); }
inline RowsI32 rows_mul_add(RowsI32 a, RowsI32 b, RowsI32 c) {
  return _mm256_add_epi32(_mm256_mullo_epi32(a, b), c);
}
inline RowsF32 rows_exponent(RowsI32 e) { return _mm256_castsi256_ps(_mm256_slli_epi32(e, 23)); }

inline Quads load_quads(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
template <int kShift>
inline Quads bits(Quads x, uint8_t mask) {
  return _mm256_and_si256(_mm256_srli_epi16(x, kShift), _mm256_set1_epi8(char(mask)));
}
template <int kShift>
inline Quads raise(Quads x) {
  return _mm256_slli_epi16(x, kShift);
}
inline Quads join(Quads a, Quads b) { return _mm256_or_si256(a, b); }
inline Quads lookup(const uint8_t* table, Quads index) {
  const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row), index);
}
inline __m256i splat_quad(const int8_t* p) {
  int32_t value;
  __builtin_memcpy(&value, p, 4);
  return _mm256_set1_epi32(value);
}
#ifdef __AVXVNNI__
inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  return _mm256_dpbusd_avx_epi32(sum, weights, splat_quad(values));
}
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  return dot_small(sum, weights, values);
}
#else
inline RowsI32 add_pairs(RowsI32 sum, __m256i pairs) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
inline RowsI32 dot_words(Quads weights, const int8_t* values) {
  return _mm256_maddubs_epi16(weights, splat_quad(values));
}
inline RowsI32 add_words(RowsI32 a, RowsI32 b) { return _mm256_add_epi16(a, b); }
inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  return add_pairs(sum, dot_words(weights, values));
}
// |w| <= 128 and |a| <= 127, so a pair of products fits 16 bits.
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  const __m256i w = _mm256_xor_si256(weights, _mm256_set1_epi8(char(0x80)));
  return add_pairs(sum, _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(splat_quad(values), w)));
}
#endif
