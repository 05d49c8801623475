// Products of codecs with records, for all rows of a panel. A span's products times codes, and minima times
// values, add up in whole numbers; what a record adds to the totals is in the order of records.inl.

/// A tile's numbers of a record, which lie in memory: the registers belong to the sums.
template <int kWidth>
struct RecordSums {
  alignas(64) int32_t whole[kWidth][kPanelRows];
  alignas(64) float products[kWidth][kPanelRows];
  alignas(64) float minima[kWidth][kPanelRows];
};

/// Adds half `kHalf` of a block, or all of one that has one code, to a span's whole numbers.
template <Codec kCodec, Source kSource, int kHalf, int kWidth>
HEARTH_INLINE void add_half(const PanelPart<kCodec>& part, const ActivationTile& in, int64_t index,
                            RecordSums<kWidth>& out) {
  static_assert(!kWordSums || fits_words<kCodec>());
  constexpr int kHalfGroups = kGroups / OpenPart<kCodec>::kInfo.halves;
  const int64_t block = part.first + index;
  __m256i codes[kSteps];
  HEARTH_UNROLL for (int step = 0; step < kSteps; ++step) {
    codes[step] = load_whole(part.open.codes[index][kHalf] + step * kStepRows);
  }
  TileSums<kWidth> sums;
  start_sums<kCodec, kHalf, kWidth>(in.starts + block * 2 * kWidth, sums);
  add_groups<kCodec, kSource, kHalf * kHalfGroups, (kHalf + 1) * kHalfGroups, kWidth>(
      block_lines<kCodec, kSource>(part, index), in.values + block * kBlock * kWidth, codes, sums);
  HEARTH_UNROLL for (int step = 0; step < kSteps; ++step) {
    HEARTH_UNROLL for (int c = 0; c < kWidth; ++c) {
      int32_t* const at = out.whole[c] + step * kStepRows;
      store_whole(at, add_coded<kCodec>(load_whole(at), sums[step][c], codes[step]));
    }
  }
  keep_order();
}

/// A span's minima times a column's values. Exact. `index` is the span's first block in the part.
template <Codec kCodec, int kWidth>
HEARTH_INLINE __m256i tile_minima(const PanelPart<kCodec>& part, const ActivationTile& in, int64_t index,
                                  int column, int row) {
  constexpr bool kHalves = OpenPart<kCodec>::kInfo.halves == 2;
  constexpr int kBlocks = kHalves ? 1 : 2;
  const float* sums = in.sums + (part.first + index) * 2 * kWidth + (kHalves ? kWidth : 0) + column;
  __m256i whole = _mm256_setzero_si256();
  HEARTH_UNROLL for (int i = 0; i < kSpanBlocks / kBlocks; ++i) {
    whole = add_word_products(whole, load_whole(part.open.minimum_codes[index / kBlocks + i] + row),
                              splat_four(sums + i * kBlocks * 2 * kWidth));
  }
  return whole;
}

/// Moves a span's whole numbers, scaled, to a record's products.
template <Codec kCodec, int kWidth>
HEARTH_INLINE void scale_tile_span(const PanelPart<kCodec>& part, const ActivationTile& in, int64_t index,
                                   RecordSums<kWidth>& out) {
  const float* value_scales = in.scales + (part.first + index) / kSpanBlocks * kWidth;
  const int64_t record = index / kRecordBlocks;
  for (int row = 0; row < kPanelRows; row += kStepRows) {
    HEARTH_UNROLL for (int c = 0; c < kWidth; ++c) {
      const RowsF32 value_scale = rows_splat(value_scales[c]);
      __m256i whole = load_whole(out.whole[c] + row);
      RowsF32 sum;
      if constexpr (!OpenPart<kCodec>::kInfo.minimum) {
        sum = rows_to_float(whole);
      } else {
        const __m256i minima = tile_minima<kCodec, kWidth>(part, in, index, c, row);
        if constexpr (has_minima_apart<kCodec>()) {
          float* const at = out.minima[c] + row;
          rows_store(at, rows_fma(rows_to_float(minima), value_scale, rows_load(at)));
          sum = rows_to_float(whole);
        } else if constexpr (is_exact_in_floats<kCodec>()) {
          sum = rows_fma(rows_load(part.open.minima[record] + row), rows_to_float(minima),
                         rows_to_float(whole));
        } else {
          sum = rows_to_float(_mm256_add_epi32(whole, minima));
        }
      }
      float* const at = out.products[c] + row;
      rows_store(at, rows_fma(sum, value_scale, rows_load(at)));
      store_whole(out.whole[c] + row, _mm256_setzero_si256());
    }
  }
}

/// totals += a record's products and minima.
template <Codec kCodec, int kWidth>
HEARTH_INLINE void add_tile_record(const OpenPart<kCodec>& open, int64_t record, RecordSums<kWidth>& sums,
                                   float* totals) {
  for (int row = 0; row < kPanelRows; row += kStepRows) {
    HEARTH_UNROLL for (int c = 0; c < kWidth; ++c) {
      float* const at = totals + c * kPanelRows + row;
      RowsF32 total =
          rows_fma(rows_load(sums.products[c] + row), rows_load(open.scales[record] + row), rows_load(at));
      rows_store(sums.products[c] + row, rows_zero());
      if constexpr (has_minima_apart<kCodec>()) {
        total = rows_fma(rows_load(sums.minima[c] + row), rows_load(open.minima[record] + row), total);
        rows_store(sums.minima[c] + row, rows_zero());
      }
      rows_store(at, total);
    }
  }
}

/// totals += the products of a part's blocks, whole records.
template <Codec kCodec, Source kSource, int kWidth>
[[gnu::noinline]] void add_records(const PanelPart<kCodec>& panel_part, const ActivationTile& tile,
                                   float* totals) {
  const PanelPart<kCodec> part = panel_part;
  const ActivationTile in = tile;
  AskAhead<kCodec, kSource> ask(part);
  RecordSums<kWidth> sums = {};
  for (int64_t index = 0; index < part.count; ++index) {
    ask.at(part.first + index);
    add_half<kCodec, kSource, 0, kWidth>(part, in, index, sums);
    if constexpr (OpenPart<kCodec>::kInfo.halves == 2)
      add_half<kCodec, kSource, 1, kWidth>(part, in, index, sums);
    if (index % kSpanBlocks == kSpanBlocks - 1)
      scale_tile_span<kCodec, kWidth>(part, in, index / kSpanBlocks * kSpanBlocks, sums);
    if (index % kRecordBlocks == kRecordBlocks - 1)
      add_tile_record<kCodec, kWidth>(part.open, index / kRecordBlocks, sums, totals);
  }
}
