// Dot products of signed bytes (Armv8.2 dot product).

constexpr bool kSignedBytes = true, kWordSums = false;

inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  return vdotq_s32(sum, vreinterpretq_s8_u8(weights), splat_quad(values));
}
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  return dot_small(sum, veorq_u8(weights, vdupq_n_u8(0x80)), values);
}
