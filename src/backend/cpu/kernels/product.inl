// What products of packed weights and a tile of columns share, and those of float weights. One accumulator
// chain per output, in order of k: the same bits at every width and on every instruction set.

/// Writes a step's sums of one column; rows past the end of the slice are dropped.
inline void store_sums(const ProductArgs& args, const ProductTile& tile, int64_t row, int column,
                       RowsF32 sum) {
  const int64_t count = args.slice->num_rows - row;
  float* out = tile.out + column * args.out_stride + row;
  if (count >= kStepRows) {
    if (args.bias != nullptr) sum = rows_add(sum, rows_load(args.bias + row));
    if (args.accumulate) sum = rows_add(rows_load(out), sum);
    rows_store(out, sum);
    return;
  }
  alignas(64) float lanes[kStepRows];
  rows_store(lanes, sum);
  for (int64_t i = 0; i < count; ++i) {
    float value = lanes[i];
    if (args.bias != nullptr) value += args.bias[row + i];
    out[i] = args.accumulate ? out[i] + value : value;
  }
}

/// How many blocks ahead of the sums lines are asked for: enough that a core's second cache always has as
/// many reads under way as it can. Whole records, and at most one panel.
template <Codec kCodec>
inline int64_t blocks_ahead(int64_t blocks) {
  constexpr int64_t kAheadBytes = 4096;
  constexpr int64_t kQuantBytes = int64_t(quant_lines(codec_info(kCodec).quants)) * 64;
  constexpr int64_t kAhead = kAheadBytes / kQuantBytes / kRecordBlocks * kRecordBlocks;
  return kAhead < blocks ? kAhead : blocks / kRecordBlocks * kRecordBlocks;
}

/// Asks for a line, into the second cache, which can wait for three times as many lines as the first.
inline void prefetch_line(const void* line) {
  constexpr int kToRead = 0, kSecondCache = 2;
  __builtin_prefetch(line, kToRead, kSecondCache);
}

/// Asks for the lines of the block `ahead` blocks later, across the border of a panel: what few columns do
/// with a line is less than the time it takes to come out of memory. The first tile asks for all.
template <Codec kCodec>
inline void prefetch_block(const uint8_t* lines, const uint8_t* record, int64_t block, int64_t blocks,
                           int64_t ahead, size_t panel_bytes) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr RecordInfo kRecord = record_info(kInfo.scales);
  constexpr size_t kQuantBytes = quant_lines(kInfo.quants) * 64;
  const bool next_panel = block + ahead >= blocks;
  lines += size_t(ahead) * kQuantBytes + (next_panel ? panel_bytes - size_t(blocks) * kQuantBytes : 0);
  for (size_t line = 0; line < kQuantBytes; line += 64) prefetch_line(lines + line);
  if (block % kRecord.blocks != 0) return;
  record += size_t(ahead / kRecord.blocks) * kRecord.bytes +
            (next_panel ? panel_bytes - size_t(blocks / kRecord.blocks) * kRecord.bytes : 0);
  for (size_t line = 0; line < kRecord.bytes; line += 64) prefetch_line(record + line);
}

struct FloatF32 {
  static constexpr bool kHasScales = false;
  using Element = float;
  static RowsF32 load_rows(const float* p) { return rows_load(p); }
};
struct FloatF16 {
  static constexpr bool kHasScales = false;
  using Element = uint16_t;
  static RowsF32 load_rows(const uint16_t* p) { return rows_load_half(p); }
};
struct FloatBf16 {
  static constexpr bool kHasScales = false;
  using Element = uint16_t;
  static RowsF32 load_rows(const uint16_t* p) { return rows_load_bf16(p); }
};

/// What rows_load_e4m3 divides by: the biases of the exponents of halves and of E4M3 differ by 8.
constexpr float kE4m3Unit = 256.0f;

struct FloatE4m3 {
  static constexpr bool kHasScales = true;
  using Element = uint8_t;
  static RowsF32 load_rows(const uint8_t* p) { return rows_load_e4m3(p); }
};

/// totals[column] += w * in for inputs [0, count), where w is what C loads times `scale`.
template <class C, int kWidth>
inline void add_inputs(const typename C::Element* weights, int64_t count, [[maybe_unused]] RowsF32 scale,
                       const float* in, int64_t stride, RowsF32 (&totals)[kWidth]) {
  for (int64_t k = 0; k < count; ++k) {
    RowsF32 w = C::load_rows(weights + k * kPanelRows);
    if constexpr (C::kHasScales) w = rows_mul(w, scale);
    for (int c = 0; c < kWidth; ++c) totals[c] = rows_fma(w, rows_splat(in[k * stride + c]), totals[c]);
  }
}

/// Columns [first_column, first_column + kWidth) of a tile.
template <class C, int kWidth>
void product_float_panel(const ProductArgs& args, const ProductTile& tile, int64_t panel,
                         int first_column = 0) {
  const float* in = tile.in.floats + first_column;
  const int64_t stride = tile.in.width;
  for (int step = 0; step < kPanelRows / kStepRows; ++step) {
    const int64_t row = panel * kPanelRows + step * kStepRows;
    if (row >= args.slice->num_rows) return;
    const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
    const auto* weights = reinterpret_cast<const typename C::Element*>(base) + step * kStepRows;
    RowsF32 totals[kWidth];
    for (auto& total : totals) total = rows_zero();
    if constexpr (C::kHasScales) {
      const auto* scales =
          reinterpret_cast<const float*>(base + float_scales_offset(args.k)) + step * kStepRows;
      for (int64_t k = 0; k < args.k; k += kBlock, scales += kPanelRows) {
        const RowsF32 scale = rows_mul(rows_load(scales), rows_splat(kE4m3Unit));
        add_inputs<C>(weights + k * kPanelRows, kBlock, scale, in + k * stride, stride, totals);
      }
    } else {
      add_inputs<C>(weights, args.k, rows_zero(), in, stride, totals);
    }
    for (int c = 0; c < kWidth; ++c) store_sums(args, tile, row, first_column + c, totals[c]);
  }
}

/// Calls body with the tile's width as a compile-time constant.
template <class Body>
inline void by_width(int width, Body body) {
  switch (width) {
    case 1:
      return body.template operator()<1>();
    case 2:
      return body.template operator()<2>();
    case 4:
      if constexpr (kTileWidth >= 4) return body.template operator()<4>();
      break;
    case 8:
      if constexpr (kTileWidth >= 8) return body.template operator()<8>();
      break;
    default:
      break;
  }
  __builtin_trap();
}

template <class C>
void product_float(const ProductArgs& args) {
  for (int64_t panel = args.first_panel; panel < args.last_panel; ++panel) {
    for (const ProductTile* tile = args.tiles; tile != args.tiles + args.num_tiles; ++tile) {
      by_width(tile->in.width, [&]<int kWidth>() { product_float_panel<C, kWidth>(args, *tile, panel); });
    }
  }
}
