// Products of quantised weights and a tile of columns, a step of rows at a time.

/// Adds one block's products for a step of rows: totals[column] += scale * (quants . values) + minima * sums.
template <Codec kCodec, int kWidth>
inline void add_block(const ActivationTile& in, int64_t block, const Quads (&w)[kGroups],
                      const RowScales& scales, RowsF32 (&totals)[kWidth]) {
  constexpr bool kMinimum = record_info(codec_info(kCodec).scales).minimum;
  const int32_t* starts = in.starts + block * kWidth;
  RowsI32 sums[kWidth];
  for (int c = 0; c < kWidth; ++c) sums[c] = start_of<kCodec>(starts[c]);
  dot_groups<kCodec>(in.values + block * kBlock * kWidth, w, 0, kGroups, sums);
  for (int c = 0; c < kWidth; ++c) {
    const RowsF32 scale = rows_mul(scales.scale, rows_splat(in.scales[block * kWidth + c]));
    totals[c] = rows_fma(rows_to_float(sums[c]), scale, totals[c]);
    if constexpr (kMinimum)
      totals[c] = rows_fma(scales.minimum, rows_splat(in.sums[block * kWidth + c]), totals[c]);
  }
}

/// The totals of one step of a panel's rows, from `row` on. `prefetch`: asks for what comes after, too.
template <Codec kCodec, int kWidth>
inline void add_panel(const ProductArgs& args, const ActivationTile& in, const uint8_t* base, int row,
                      bool prefetch, RowsF32 (&totals)[kWidth]) {
  constexpr ScaleLayout kScales = codec_info(kCodec).scales;
  constexpr RecordInfo kInfo = record_info(kScales);
  constexpr size_t kQuantBytes = quant_lines(codec_info(kCodec).quants) * 64;
  const int64_t blocks = args.k / kBlock, ahead = blocks_ahead<kCodec>(blocks);
  const uint8_t* lines = base + row * 4;
  const uint8_t* record = base + size_t(blocks) * kQuantBytes;
  for (int64_t block = 0; block < blocks; block += kInfo.blocks, record += kInfo.bytes) {
    [[maybe_unused]] Whole<kCodec> whole[kWidth];
    [[maybe_unused]] RowsF32 products[kWidth];
    [[maybe_unused]] RecordScales<kCodec> scales;
    if constexpr (has_records(kCodec)) {
      for (int c = 0; c < kWidth; ++c) clear(whole[c]), clear(products[c]);
      load_record(record, row, scales);
    }
    for (int sub = 0; sub < kInfo.blocks; ++sub, lines += kQuantBytes) {
      if (prefetch)
        prefetch_block<kCodec>(lines, record, block + sub, blocks, ahead, args.slice->panel_bytes);
      Quads w[kGroups];
      unpack_quants<kCodec>(lines, w);
      if constexpr (has_records(kCodec)) {
        add_codes<kCodec>(in, block + sub, w, load_codes(record, sub, row, scales), whole);
        if (sub % kSpanBlocks == kSpanBlocks - 1)
          scale_span(in, block / kRecordBlocks, sub / kSpanBlocks, scales, whole, products);
      } else {
        add_block<kCodec>(in, block, w, load_scales<kScales>(record, row), totals);
      }
    }
    if constexpr (has_records(kCodec)) {
      const int64_t index = block / kRecordBlocks;
      for (int c = 0; c < kWidth; ++c) {
        totals[c] = add_record<kCodec>(products[c], scales.factors, scales.minima,
                                       in.scales + index * kSpans * kWidth + c,
                                       in.sums + block * 2 * kWidth + c, kWidth, totals[c]);
      }
    }
  }
}

template <Codec kCodec, int kWidth>
void product_panel(const ProductArgs& args, const ProductTile& tile, int64_t panel) {
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  for (int row = 0; row < kPanelRows; row += kStepRows) {
    if (panel * kPanelRows + row >= args.slice->num_rows) return;
    RowsF32 totals[kWidth];
    for (auto& total : totals) total = rows_zero();
    add_panel<kCodec>(args, tile.in, base, row, &tile == args.tiles && row == 0, totals);
    for (int c = 0; c < kWidth; ++c) store_sums(args, tile, panel * kPanelRows + row, c, totals[c]);
  }
}

/// Every tile reuses a panel while it is in the cache.
template <Codec kCodec>
void product(const ProductArgs& args) {
  for (int64_t panel = args.first_panel; panel < args.last_panel; ++panel) {
    for (const ProductTile* tile = args.tiles; tile != args.tiles + args.num_tiles; ++tile) {
      by_width(tile->in.width, [&]<int kWidth>() { product_panel<kCodec, kWidth>(args, *tile, panel); });
    }
  }
}
