// Codecs with records: sums of a span in whole numbers, and what a record makes of them.

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

/// Adds one block's products, times its codes, to a span's. All are whole numbers.
template <Codec kCodec, int kWidth>
inline void add_codes(const ActivationTile& in, int64_t block, const Quads (&w)[kGroups],
                      const BlockCodes& codes, Whole<kCodec> (&whole)[kWidth]) {
  constexpr int kHalves = record_info(codec_info(kCodec).scales).halves;
  const int32_t* starts = in.starts + block * 2 * kWidth;
  const int8_t* values = in.values + block * kBlock * kWidth;
  for (int half = 0; half < kHalves; ++half) {
    RowsI32 sums[kWidth];
    for (int c = 0; c < kWidth; ++c)
      sums[c] = start_of<kCodec>(kHalves == 2 ? starts[half * kWidth + c] : starts[c] + starts[kWidth + c]);
    dot_groups<kCodec>(values, w, half * kGroups / kHalves, (half + 1) * kGroups / kHalves, sums);
    for (int c = 0; c < kWidth; ++c) whole[c] = multiply_add(sums[c], codes.scale[half], whole[c]);
  }
}

/// Moves a span's whole numbers, scaled, to a record's products.
template <class Rows, int kWidth>
inline void scale_span(const ActivationTile& in, int64_t span, Rows (&whole)[kWidth],
                       RowsF32 (&products)[kWidth]) {
  for (int c = 0; c < kWidth; ++c) {
    products[c] = rows_fma(as_float(whole[c]), rows_splat(in.scales[span * kWidth + c]), products[c]);
    clear(whole[c]);
  }
}

/// What a record adds to a column's total: scale * products + minimum * (minima . sums of the values).
template <Codec kCodec>
inline RowsF32 add_record(RowsF32 products, const RowScales& scales,
                          const RowsF32 (&minima)[kRecordBlocks][2], const float* sums, int64_t width,
                          RowsF32 total) {
  constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  total = rows_fma(products, scales.scale, total);
  if constexpr (kInfo.minimum) {
    RowsF32 parts[2] = {rows_zero(), rows_zero()};
    for (int i = 0; i < kRecordBlocks; ++i) {
      for (int half = 0; half < kInfo.halves; ++half)
        parts[i % 2] = rows_fma(minima[i][half], rows_splat(sums[(i * 2 + half) * width]), parts[i % 2]);
    }
    total = rows_fma(rows_add(parts[0], parts[1]), scales.minimum, total);
  }
  return total;
}
