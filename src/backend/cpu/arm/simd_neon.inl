// The vocabulary of NEON, but for the dot products of bytes. See simd_scalar.inl for what each name promises.

struct F32 {
  float32x4_t part[4];
};
using RowsF32 = float32x4_t;
using RowsI32 = int32x4_t;
using Quads = uint8x16_t;

constexpr int kStepRows = 4;
constexpr int kTileWidth = 8;
constexpr int kFloatSteps = 1;

#define HEARTH_PARTS(expression)                        \
  F32 r;                                                \
  for (int i = 0; i < 4; ++i) r.part[i] = (expression); \
  return r;

inline F32 load(const float* p) { HEARTH_PARTS(vld1q_f32(p + 4 * i)) }
inline void store(float* p, F32 x) {
  for (int i = 0; i < 4; ++i) vst1q_f32(p + 4 * i, x.part[i]);
}
inline F32 splat(float x) { HEARTH_PARTS(vdupq_n_f32(x)) }
inline F32 add(F32 a, F32 b) { HEARTH_PARTS(vaddq_f32(a.part[i], b.part[i])) }
inline F32 sub(F32 a, F32 b) { HEARTH_PARTS(vsubq_f32(a.part[i], b.part[i])) }
inline F32 mul(F32 a, F32 b) { HEARTH_PARTS(vmulq_f32(a.part[i], b.part[i])) }
inline F32 div(F32 a, F32 b) { HEARTH_PARTS(vdivq_f32(a.part[i], b.part[i])) }
inline F32 fma(F32 a, F32 b, F32 c) { HEARTH_PARTS(vfmaq_f32(c.part[i], a.part[i], b.part[i])) }
inline F32 max(F32 a, F32 b) { HEARTH_PARTS(vmaxq_f32(a.part[i], b.part[i])) }
inline F32 min(F32 a, F32 b) { HEARTH_PARTS(vminq_f32(a.part[i], b.part[i])) }
inline F32 abs(F32 a) { HEARTH_PARTS(vabsq_f32(a.part[i])) }
// vmaxq_f32 gives what is no number where either is none.
inline F32 max_magnitude(F32 a, F32 b) { return max(a, b); }
inline F32 round(F32 a) { HEARTH_PARTS(vrndnq_f32(a.part[i])) }
inline F32 pow2(F32 n) {
  HEARTH_PARTS(vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(n.part[i]), vdupq_n_s32(127)), 23)))
}
inline float sum_lanes(F32 x) {
  const float32x4_t four = vaddq_f32(vaddq_f32(x.part[0], x.part[2]), vaddq_f32(x.part[1], x.part[3]));
  const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
inline float max_lanes(F32 x) {
  return vmaxvq_f32(vmaxq_f32(vmaxq_f32(x.part[0], x.part[1]), vmaxq_f32(x.part[2], x.part[3])));
}
inline float max_magnitude_lanes(F32 x) { return max_lanes(x); }
inline RowsF32 rows_load_half(const uint16_t* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
inline RowsF32 rows_load_bf16(const uint16_t* p) {
  return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}
inline RowsF32 rows_load_e4m3(const uint8_t* p) {
  uint32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  const int16x8_t wide = vmovl_s8(vcreate_s8(four));
  const uint16x4_t halves =
      vand_u16(vreinterpret_u16_s16(vget_low_s16(vshlq_n_s16(wide, 7))), vdup_n_u16(0xbf80));
  return vcvt_f32_f16(vreinterpret_f16_u16(halves));
}
inline F32 load_half(const uint16_t* p) { HEARTH_PARTS(rows_load_half(p + 4 * i)) }
inline F32 load_bf16(const uint16_t* p) { HEARTH_PARTS(rows_load_bf16(p + 4 * i)) }
inline void store_bytes(int8_t* p, F32 x) {
  int16x4_t words[4];
  for (int i = 0; i < 4; ++i) words[i] = vmovn_s32(vcvtnq_s32_f32(x.part[i]));
  vst1q_s8(p, vcombine_s8(vmovn_s16(vcombine_s16(words[0], words[1])),
                          vmovn_s16(vcombine_s16(words[2], words[3]))));
}

inline RowsF32 rows_zero() { return vdupq_n_f32(0.0f); }
inline RowsF32 rows_splat(float x) { return vdupq_n_f32(x); }
inline RowsF32 rows_mul(RowsF32 a, RowsF32 b) { return vmulq_f32(a, b); }
inline RowsF32 rows_fma(RowsF32 a, RowsF32 b, RowsF32 c) { return vfmaq_f32(c, a, b); }
inline RowsF32 rows_add(RowsF32 a, RowsF32 b) { return vaddq_f32(a, b); }
inline RowsF32 rows_div(RowsF32 a, RowsF32 b) { return vdivq_f32(a, b); }
inline RowsF32 rows_max(RowsF32 a, RowsF32 b) { return vmaxq_f32(a, b); }
inline RowsF32 rows_min(RowsF32 a, RowsF32 b) { return vminq_f32(a, b); }
inline RowsF32 rows_abs(RowsF32 a) { return vabsq_f32(a); }
inline RowsF32 rows_round(RowsF32 a) { return vrndnq_f32(a); }
inline RowsF32 rows_copysign(RowsF32 a, RowsF32 b) { return vbslq_f32(vdupq_n_u32(0x80000000u), b, a); }
inline RowsF32 rows_power(RowsF32 a) {
  return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(a), vdupq_n_u32(0x7f800000u)));
}
inline RowsF32 rows_inverse_power(RowsF32 a) {
  return vreinterpretq_f32_u32(vsubq_u32(vdupq_n_u32(0x7f000000u), vreinterpretq_u32_f32(a)));
}
inline bool rows_any_above(RowsF32 a, float limit) {
  return vmaxvq_u32(vcgtq_f32(a, vdupq_n_f32(limit))) != 0;
}
inline RowsF32 rows_load(const float* p) { return vld1q_f32(p); }
inline void rows_store(float* p, RowsF32 x) { vst1q_f32(p, x); }
inline RowsI32 rows_splat_int(int32_t x) { return vdupq_n_s32(x); }
inline RowsF32 rows_to_float(RowsI32 x) { return vcvtq_f32_s32(x); }
inline RowsI32 rows_to_int(RowsF32 x) { return vcvtq_s32_f32(x); }
inline uint8x8_t load_four(const uint8_t* p) {
  uint32_t four;
  __builtin_memcpy(&four, p, 4);
  return vreinterpret_u8_u32(vdup_n_u32(four));
}
inline RowsI32 rows_load_bytes(const uint8_t* p) {
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(load_four(p)))));
}
inline RowsI32 rows_load_signed(const uint8_t* p) {
  return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(load_four(p)))));
}
inline RowsI32 rows_bits(RowsI32 x, int shift, int mask) {
  return vandq_s32(vshlq_s32(x, vdupq_n_s32(-shift)), vdupq_n_s32(mask));
}
inline RowsI32 rows_raise(RowsI32 x, int shift) { return vshlq_s32(x, vdupq_n_s32(shift)); }
inline RowsI32 rows_join(RowsI32 a, RowsI32 b) { return vorrq_s32(a, b); }
inline RowsI32 rows_minus(RowsI32 x, int y) { return vsubq_s32(x, vdupq_n_s32(y)); }
inline RowsI32 rows_mul_add(RowsI32 a, RowsI32 b, RowsI32 c) { return vmlaq_s32(c, a, b); }
inline RowsF32 rows_exponent(RowsI32 e) { return vreinterpretq_f32_s32(vshlq_n_s32(e, 23)); }

inline Quads load_quads(const uint8_t* p) { return vld1q_u8(p); }
template <int kShift>
inline Quads bits(Quads x, uint8_t mask) {
  if constexpr (kShift > 0) x = vshrq_n_u8(x, kShift);
  return vandq_u8(x, vdupq_n_u8(mask));
}
template <int kShift>
inline Quads raise(Quads x) {
  return vshlq_n_u8(x, kShift);
}
inline Quads join(Quads a, Quads b) { return vorrq_u8(a, b); }
inline Quads lookup(const uint8_t* table, Quads index) { return vqtbl1q_u8(vld1q_u8(table), index); }
inline int8x16_t splat_quad(const int8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
#undef HEARTH_PARTS
