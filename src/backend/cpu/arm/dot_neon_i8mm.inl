// Dot products of unsigned with signed bytes (Armv8.6 int8 matrix multiplication).

constexpr bool kSignedBytes = false, kWordSums = false;

inline RowsI32 dot_small(RowsI32 sum, Quads weights, const int8_t* values) {
  return vusdotq_s32(sum, weights, splat_quad(values));
}
inline RowsI32 dot_byte(RowsI32 sum, Quads weights, const int8_t* values) {
  return dot_small(sum, weights, values);
}
