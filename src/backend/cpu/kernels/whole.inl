// Whole numbers that a span of a record adds up.

/// Whether a span's products stay below 2^24, so that floats add them up exactly, and faster than integers.
template <Codec kCodec>
constexpr bool is_exact_in_floats() {
  return kCodec == Codec::kK2 || kCodec == Codec::kK3 || kCodec == Codec::kK4;
}
template <bool kInFloats>
struct WholeRows {
  using Type = RowsI32;
};
template <>
struct WholeRows<true> {
  using Type = RowsF32;
};
template <Codec kCodec>
using Whole = typename WholeRows<is_exact_in_floats<kCodec>()>::Type;

inline void clear(RowsF32& x) { x = rows_zero(); }
inline void clear(RowsI32& x) { x = rows_splat_int(0); }
inline RowsF32 multiply_add(RowsI32 sum, RowsI32 code, RowsF32 whole) {
  return rows_fma(rows_to_float(sum), rows_to_float(code), whole);
}
inline RowsI32 multiply_add(RowsI32 sum, RowsI32 code, RowsI32 whole) {
  return rows_mul_add(sum, code, whole);
}
inline RowsF32 as_float(RowsF32 x) { return x; }
inline RowsF32 as_float(RowsI32 x) { return rows_to_float(x); }
