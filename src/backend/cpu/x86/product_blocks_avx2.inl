// Products of codecs with a scale a block, for all rows of a panel. Totals lie in memory, [width][16], and
// are loaded and stored once a block: the registers belong to the sums.

/// The factors of block `index` of a part, for a step of rows.
template <Codec kCodec, Source kSource>
HEARTH_INLINE RowScales block_scales(const PanelPart<kCodec>& part, int64_t index, int row) {
  constexpr ScaleLayout kScales = codec_info(kCodec).scales;
  constexpr RecordInfo kInfo = record_info(kScales);
  if constexpr (kSource == Source::kOpened) {
    RowScales out;
    out.scale = rows_load(part.open.scales[index] + row);
    if constexpr (kInfo.minimum) out.minimum = rows_load(part.open.minima[index] + row);
    return out;
  } else {
    constexpr size_t kQuantBytes = quant_lines(codec_info(kCodec).quants) * 64;
    const RowScales out = load_scales<kScales>(
        part.base + size_t(part.blocks) * kQuantBytes + size_t(part.first + index) * kInfo.bytes, row);
    if constexpr (kSource == Source::kOpening) {
      rows_store(part.open.scales[index] + row, out.scale);
      if constexpr (kInfo.minimum) rows_store(part.open.minima[index] + row, out.minimum);
    }
    return out;
  }
}

/// A sum as a whole number; `start` is what a zero point of 8 adds to it.
template <Codec kCodec>
HEARTH_INLINE __m256i whole_sum(__m256i sum, const int32_t* start) {
  if constexpr (!kWordSums || quant_form<kCodec>().is_signed) return sum;
  __m256i whole = _mm256_setzero_si256();
  if constexpr (quant_form<kCodec>().centre != 0) {
    static_assert(quant_form<kCodec>().centre == 16);
    whole = _mm256_madd_epi16(splat_four(start), _mm256_set1_epi16(-2));
  }
  const __m256i pairs = _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
  return quant_form<kCodec>().centre == 0 ? pairs : _mm256_add_epi32(whole, pairs);
}

/// totals += scale * (quants . values) + minima * sums, over a part's blocks.
template <Codec kCodec, Source kSource, int kWidth>
[[gnu::noinline]] void add_blocks(const PanelPart<kCodec>& panel_part, const ActivationTile& tile,
                                  float* totals) {
  const PanelPart<kCodec> part = panel_part;
  const ActivationTile in = tile;
  AskAhead<kCodec, kSource> ask(part);
  static_assert(!kWordSums || fits_words<kCodec>());
  constexpr bool kMinimum = record_info(codec_info(kCodec).scales).minimum;
  const __m256i ones[kSteps] = {_mm256_set1_epi16(1), _mm256_set1_epi16(1)};
  for (int64_t i = 0; i < part.count; ++i) {
    const int64_t block = part.first + i;
    ask.at(block);
    const int32_t* starts = in.starts + block * kWidth;
    TileSums<kWidth> sums;
    start_sums<kCodec, 0, kWidth>(starts, sums);
    add_groups<kCodec, kSource, 0, kGroups, kWidth>(block_lines<kCodec, kSource>(part, i),
                                                    in.values + block * kBlock * kWidth, ones, sums);
    HEARTH_UNROLL for (int step = 0; step < kSteps; ++step) {
      const RowScales scales = block_scales<kCodec, kSource>(part, i, step * kStepRows);
      HEARTH_UNROLL for (int c = 0; c < kWidth; ++c) {
        float* const at = totals + c * kPanelRows + step * kStepRows;
        const RowsF32 scale = rows_mul(scales.scale, rows_splat(in.scales[block * kWidth + c]));
        RowsF32 total =
            rows_fma(rows_to_float(whole_sum<kCodec>(sums[step][c], starts + c)), scale, rows_load(at));
        if constexpr (kMinimum)
          total = rows_fma(scales.minimum, rows_splat(in.sums[block * kWidth + c]), total);
        rows_store(at, total);
      }
    }
    keep_order();
  }
}
