// Codecs with records: sums of a span in whole numbers, and what a record makes of them.

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

/// What takes a record's whole numbers back to weights.
template <Codec kCodec>
struct RecordScales {
  RowScales factors;  ///< of products, and of minima that are not part of the whole numbers
  CommonUnit common;  ///< where they are
  RowsF32 minima[kRecordBlocks][2];
};

template <Codec kCodec>
inline void load_record(const uint8_t* record, int row, RecordScales<kCodec>& out) {
  out.factors = load_scales<codec_info(kCodec).scales>(record, row);
  if constexpr (has_common_unit<kCodec>()) {
    out.common = common_unit<kCodec>(out.factors);
    out.factors.scale = is_exact_in_floats<kCodec>() ? out.common.d : out.common.unit();
  }
}

/// The codes of block `sub`.
template <Codec kCodec>
inline BlockCodes load_codes(const uint8_t* record, int sub, int row, RecordScales<kCodec>& scales) {
  constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  BlockCodes codes = load_codes<codec_info(kCodec).scales>(record, sub, row);
  if constexpr (has_common_unit<kCodec>()) round_codes(scales.common, codes);
  for (int half = 0; kInfo.minimum && half < kInfo.halves; ++half)
    scales.minima[sub][half] = codes.minimum[half];
  return codes;
}

/// A span's minima times a column's values, which lie `width` apart. Exact.
template <Codec kCodec>
inline RowsF32 span_minima(const RowsF32 (&minima)[kRecordBlocks][2], int span, const float* sums,
                           int64_t width) {
  RowsF32 whole = rows_zero();
  for (int i = span * kSpanBlocks; i < (span + 1) * kSpanBlocks; ++i) {
    for (int half = 0; half < record_info(codec_info(kCodec).scales).halves; ++half)
      whole = rows_fma(minima[i][half], rows_splat(sums[(i * 2 + half) * width]), whole);
  }
  return whole;
}

/// Moves a span's whole numbers, scaled, to a record's products. `record` is the index of the record.
template <Codec kCodec, int kWidth>
inline void scale_span(const ActivationTile& in, int64_t record, int span, const RecordScales<kCodec>& scales,
                       Whole<kCodec> (&whole)[kWidth], RowsF32 (&products)[kWidth]) {
  const float* value_scales = in.scales + (record * kSpans + span) * kWidth;
  const float* sums = in.sums + record * kRecordBlocks * 2 * kWidth;
  for (int c = 0; c < kWidth; ++c) {
    RowsF32 sum;
    if constexpr (has_common_unit<kCodec>()) {
      sum = add_minima(scales.common, whole[c], span_minima<kCodec>(scales.minima, span, sums + c, kWidth));
    } else {
      sum = as_float(whole[c]);
    }
    products[c] = rows_fma(sum, rows_splat(value_scales[c]), products[c]);
    clear(whole[c]);
  }
}

/// What a record adds to a column's total: scale * products + minimum * (minima . values). `value_scales` and
/// `sums` are the column's, `width` apart.
template <Codec kCodec>
inline RowsF32 add_record(RowsF32 products, const RowScales& factors,
                          const RowsF32 (&minima)[kRecordBlocks][2], const float* value_scales,
                          const float* sums, int64_t width, RowsF32 total) {
  total = rows_fma(products, factors.scale, total);
  if constexpr (has_minima_apart<kCodec>()) {
    RowsF32 all = rows_zero();
    for (int span = 0; span < kSpans; ++span) {
      all = rows_fma(span_minima<kCodec>(minima, span, sums, width), rows_splat(value_scales[span * width]),
                     all);
    }
    total = rows_fma(all, factors.minimum, total);
  }
  return total;
}
