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

/// totals[step][column] += w * in for inputs [0, count), where w is what C loads of the step's weights times
/// its scale. Every input is spread over a vector once, for all steps.
template <class C, int kWidth, int kNumSteps>
inline void add_inputs(const typename C::Element* const (&weights)[kNumSteps], int64_t first, int64_t count,
                       [[maybe_unused]] const RowsF32 (&scales)[kNumSteps], const float* in, int64_t stride,
                       RowsF32 (&totals)[kNumSteps][kWidth]) {
  for (int64_t k = first; k < first + count; ++k) {
    RowsF32 w[kNumSteps];
    for (int step = 0; step < kNumSteps; ++step) {
      w[step] = C::load_rows(weights[step] + k * kPanelRows);
      if constexpr (C::kHasScales) w[step] = rows_mul(w[step], scales[step]);
    }
    for (int c = 0; c < kWidth; ++c) {
      const RowsF32 x = rows_splat(in[k * stride + c]);
      for (int step = 0; step < kNumSteps; ++step) totals[step][c] = rows_fma(w[step], x, totals[step][c]);
    }
  }
}

constexpr int kStepsOfPanel = kPanelRows / kStepRows;

/// Columns [first_column, first_column + kWidth) of a tile, for kNumSteps steps of rows, counted from the
/// slice's first on. One step's sums alone would wait for each other.
template <class C, int kWidth, int kNumSteps>
void product_float_steps(const ProductArgs& args, const ProductTile& tile, int64_t first_step,
                         int first_column) {
  const float* in = tile.in.floats + first_column;
  const int64_t stride = tile.in.width;
  const typename C::Element* weights[kNumSteps];
  [[maybe_unused]] const float* scales[kNumSteps];
  RowsF32 totals[kNumSteps][kWidth], scale[kNumSteps];
  for (int step = 0; step < kNumSteps; ++step) {
    const int64_t at = first_step + step;
    const uint8_t* base = args.slice->panels + size_t(at / kStepsOfPanel) * args.slice->panel_bytes;
    const int row = int(at % kStepsOfPanel) * kStepRows;
    weights[step] = reinterpret_cast<const typename C::Element*>(base) + row;
    if constexpr (C::kHasScales)
      scales[step] = reinterpret_cast<const float*>(base + float_scales_offset(args.k)) + row;
    for (auto& total : totals[step]) total = rows_zero();
    scale[step] = rows_zero();
  }
  if constexpr (C::kHasScales) {
    for (int64_t k = 0; k < args.k; k += kBlock) {
      for (int step = 0; step < kNumSteps; ++step)
        scale[step] = rows_mul(rows_load(scales[step] + k / kBlock * kPanelRows), rows_splat(kE4m3Unit));
      add_inputs<C>(weights, k, kBlock, scale, in, stride, totals);
    }
  } else {
    add_inputs<C>(weights, 0, args.k, scale, in, stride, totals);
  }
  for (int step = 0; step < kNumSteps; ++step) {
    for (int c = 0; c < kWidth; ++c)
      store_sums(args, tile, (first_step + step) * kStepRows, first_column + c, totals[step][c]);
  }
}

/// Of one panel.
template <class C, int kWidth>
void product_float_panel(const ProductArgs& args, const ProductTile& tile, int64_t panel,
                         int first_column = 0) {
  for (int64_t step = panel * kStepsOfPanel; step < (panel + 1) * kStepsOfPanel; ++step) {
    if (step * kStepRows >= args.slice->num_rows) return;
    product_float_steps<C, kWidth, 1>(args, tile, step, first_column);
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
  const int64_t last_step = args.last_panel * kStepsOfPanel;
  const int64_t end = last_step * kStepRows < args.slice->num_rows
                          ? last_step
                          : (args.slice->num_rows + kStepRows - 1) / kStepRows;
  for (int64_t step = args.first_panel * kStepsOfPanel; step < end; step += kFloatSteps) {
    for (const ProductTile* tile = args.tiles; tile != args.tiles + args.num_tiles; ++tile) {
      by_width(tile->in.width, [&]<int kWidth>() {
        if (end - step >= kFloatSteps)
          return product_float_steps<C, kWidth, kFloatSteps>(args, *tile, step, 0);
        for (int64_t i = step; i < end; ++i) product_float_steps<C, kWidth, 1>(args, *tile, i, 0);
      });
    }
  }
}
