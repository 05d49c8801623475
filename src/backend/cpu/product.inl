// Products of packed weights and a tile of columns. One accumulator chain per output, in order of k: the same bits
// at every width and on every instruction set.

/// Writes a step's sums of one column; rows past the end of the slice are dropped.
inline void store_sums(const ProductArgs& args, int64_t row, int column, RowsF32 sum) {
  const int64_t count = args.slice->num_rows - row;
  float* out = args.out + column * args.out_stride + row;
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

struct U4 {
  static constexpr Codec kCodec = Codec::kU4;
  static constexpr bool kMin = false, kByte = false;
  static constexpr int kZeroShift = 0;  // a zero point of 8 << kZeroShift, taken off in the accumulator's start
};
struct U4Min {
  static constexpr Codec kCodec = Codec::kU4Min;
  static constexpr bool kMin = true, kByte = false;
  static constexpr int kZeroShift = -1;
};
struct U8 {
  static constexpr Codec kCodec = Codec::kU8;
  static constexpr bool kMin = false, kByte = true;
  static constexpr int kZeroShift = kSignedBytes ? -1 : 4;
};

/// Adds one block's integer products of a step of rows: sums[column] += quants . values.
template <class C, int kWidth>
inline void dot_block(const uint8_t* quants, const int8_t* values, RowsI32 (&sums)[kWidth]) {
  if constexpr (C::kByte) {
    for (int group = 0; group < kGroups; ++group) {
      const Quads w = load_quads(quants + group * 64);
      for (int c = 0; c < kWidth; ++c) sums[c] = dot_byte(sums[c], w, values + (group * kWidth + c) * 4);
    }
  } else {
    for (int line = 0; line < kGroups / 2; ++line) {
      const Quads packed = load_quads(quants + line * 64);
      const Quads low = low_nibbles(packed), high = high_nibbles(packed);
      for (int c = 0; c < kWidth; ++c) sums[c] = dot_small(sums[c], low, values + (line * kWidth + c) * 4);
      for (int c = 0; c < kWidth; ++c) {
        sums[c] = dot_small(sums[c], high, values + ((line + kGroups / 2) * kWidth + c) * 4);
      }
    }
  }
}

template <class C, int kWidth>
void product_panel(const ProductArgs& args, int64_t panel) {
  constexpr CodecInfo kInfo = codec_info(C::kCodec);
  constexpr size_t kAhead = 2048;  // bytes: far enough for a stream out of memory
  const int64_t blocks = args.k / kBlock;
  for (int step = 0; step < kPanelRows / kStepRows; ++step) {
    const int64_t row = panel * kPanelRows + step * kStepRows;
    if (row >= args.slice->num_rows) return;
    const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
    const uint8_t* quants = base + size_t(step) * kStepRows * 4;
    const uint8_t* scale_bytes = base + size_t(blocks) * kInfo.quant_bytes;
    const auto* weight_scales = reinterpret_cast<const uint16_t*>(scale_bytes) + step * kStepRows;
    RowsF32 totals[kWidth];
    for (auto& total : totals) total = rows_zero();
    for (int64_t block = 0; block < blocks; ++block) {
      if constexpr (kWidth <= 4) {
        for (size_t line = 0; line < kInfo.quant_bytes; line += 64) __builtin_prefetch(quants + kAhead + line);
      }
      RowsI32 sums[kWidth];
      for (int c = 0; c < kWidth; ++c) {
        if constexpr (C::kZeroShift >= 0) {
          sums[c] = rows_start(args.in.starts[block * kWidth + c], C::kZeroShift);
        } else {
          sums[c] = rows_zero_int();
        }
      }
      dot_block<C, kWidth>(quants, args.in.values + block * kBlock * kWidth, sums);
      const RowsF32 scale_of_rows = rows_load_half(weight_scales);
      for (int c = 0; c < kWidth; ++c) {
        const RowsF32 step_scale = rows_mul(scale_of_rows, rows_splat(args.in.scales[block * kWidth + c]));
        totals[c] = rows_fma(rows_to_float(sums[c]), step_scale, totals[c]);
      }
      if constexpr (C::kMin) {
        const RowsF32 minimum = rows_load_half(weight_scales + kPanelRows);
        for (int c = 0; c < kWidth; ++c) {
          totals[c] = rows_fma(minimum, rows_splat(args.in.sums[block * kWidth + c]), totals[c]);
        }
      }
      quants += kInfo.quant_bytes;
      weight_scales += kInfo.scale_bytes / sizeof(uint16_t);
    }
    for (int c = 0; c < kWidth; ++c) store_sums(args, row, c, totals[c]);
  }
}

struct FloatF32 {
  using Element = float;
  static RowsF32 load_rows(const float* p) { return rows_load(p); }
};
struct FloatF16 {
  using Element = uint16_t;
  static RowsF32 load_rows(const uint16_t* p) { return rows_load_half(p); }
};
struct FloatBf16 {
  using Element = uint16_t;
  static RowsF32 load_rows(const uint16_t* p) { return rows_load_bf16(p); }
};

template <class C, int kWidth>
void product_float_panel(const ProductArgs& args, int64_t panel) {
  for (int step = 0; step < kPanelRows / kStepRows; ++step) {
    const int64_t row = panel * kPanelRows + step * kStepRows;
    if (row >= args.slice->num_rows) return;
    const auto* weights = reinterpret_cast<const typename C::Element*>(args.slice->panels +
                                                                       size_t(panel) * args.slice->panel_bytes) +
                          step * kStepRows;
    RowsF32 totals[kWidth];
    for (auto& total : totals) total = rows_zero();
    for (int64_t k = 0; k < args.k; ++k) {
      const RowsF32 w = C::load_rows(weights + k * kPanelRows);
      for (int c = 0; c < kWidth; ++c) totals[c] = rows_fma(w, rows_splat(args.in.floats[k * kWidth + c]), totals[c]);
    }
    for (int c = 0; c < kWidth; ++c) store_sums(args, row, c, totals[c]);
  }
}

template <class C, int kWidth>
void product_panels(const ProductArgs& args) {
  for (int64_t panel = args.first_panel; panel < args.last_panel; ++panel) {
    if constexpr (requires { typename C::Element; }) {
      product_float_panel<C, kWidth>(args, panel);
    } else {
      product_panel<C, kWidth>(args, panel);
    }
  }
}

template <class C>
void product(const ProductArgs& args) {
  switch (args.in.width) {
    case 1: return product_panels<C, 1>(args);
    case 2: return product_panels<C, 2>(args);
    case 4:
      if constexpr (kTileWidth >= 4) return product_panels<C, 4>(args);
      break;
    case 8:
      if constexpr (kTileWidth >= 8) return product_panels<C, 8>(args);
      break;
    default: break;
  }
  __builtin_trap();
}
