// Products of tiles of 16 columns by the matrix unit. A panel is taken apart once for all tiles; int8
// products and their sums are exact there, so scaling them in the order of product.inl gives the same bits.

constexpr int kColumns = 16;

/// A panel's quants less their zero point, and its scales.
struct OpenPanel {
  int8_t* quants;   ///< [blocks][8 groups][16 rows][4]
  float* scales;    ///< [blocks][halves][16 rows]
  float* minimums;  ///< the same
};

/// Bytes of an OpenPanel for each input: quants of 16 rows; two sets of scales of two halves of 32 inputs.
constexpr int kScratchPerInput = kPanelRows + 2 * 2 * kPanelRows * int(sizeof(float)) / kBlock;

inline OpenPanel open_panel_at(std::byte* scratch, int64_t k) {
  auto* quants = reinterpret_cast<int8_t*>(scratch);
  auto* scales = reinterpret_cast<float*>(scratch + k * kPanelRows);
  return {quants, scales, scales + k / kBlock * 2 * kPanelRows};
}

template <Codec kCodec>
void open_panel(const ProductArgs& args, int64_t panel, const OpenPanel& out) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr RecordInfo kRecord = record_info(kInfo.scales);
  const uint8_t* lines = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* records = args.slice->panels + size_t(panel) * args.slice->panel_bytes +
                           size_t(args.k / kBlock) * quant_lines(kInfo.quants) * 64;
  for (int64_t block = 0; block < args.k / kBlock; ++block, lines += quant_lines(kInfo.quants) * 64) {
    Quads w[kGroups];
    unpack_quants<kCodec>(lines, w);
    const Quads zero = _mm512_set1_epi8(char(kInfo.zero));
    for (int g = 0; g < kGroups; ++g)
      _mm512_store_si512(out.quants + (block * kGroups + g) * 64, _mm512_sub_epi8(w[g], zero));
    const uint8_t* record = records + size_t(block / kRecord.blocks) * kRecord.bytes;
    const BlockScales scales = load_scales<kInfo.scales>(record, int(block % kRecord.blocks), 0);
    for (int half = 0; half < kRecord.halves; ++half) {
      const int64_t at = (block * kRecord.halves + half) * kPanelRows;
      rows_store(out.scales + at, scales.scale[half]);
      if constexpr (kRecord.minimum) rows_store(out.minimums + at, scales.minimum[half]);
    }
  }
}

/// Tile registers: 0-3 sums [columns][rows], 4-5 inputs [columns][32 or 16], 6-7 quants [8 or 4
/// groups][rows].
template <int kHalves>
void configure_tiles() {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t row_bytes[16] = {};
    uint8_t rows[16] = {};
  } config;
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = uint16_t(tile == 4 || tile == 5 ? kBlock / kHalves : 64);
    config.rows[tile] = uint8_t(tile < 6 ? kColumns : kGroups / kHalves);
  }
  _tile_loadconfig(&config);
}

/// Products under way: enough that their latency hides behind the scaling of earlier ones.
constexpr int kSlots = 4;
using Sums = int32_t[kColumns][kPanelRows];

/// Starts the integer product of one step: a block, or half of one.
template <int kSlot, int kHalves>
inline void start_product(const int8_t* quants, const int8_t* values, int64_t step, Sums* sums) {
  constexpr int kIn = 4 + kSlot % 2, kQuants = 6 + kSlot % 2, kStepInputs = kBlock / kHalves;
  _tile_zero(kSlot);
  _tile_loadd(kIn, values + step / kHalves * kBlock * kColumns + step % kHalves * kStepInputs, kBlock);
  _tile_loadd(kQuants, quants + step * kStepInputs * kPanelRows, 64);
  _tile_dpbssd(kSlot, kIn, kQuants);
  _tile_stored(kSlot, sums[kSlot], 64);
}

/// totals[column] += scales * sums + minimums * (sum of the values).
template <Codec kCodec>
inline void scale_sums(const OpenPanel& panel, const ActivationTile& in, int64_t step, const Sums& sums,
                       RowsF32 (&totals)[kColumns]) {
  constexpr RecordInfo kRecord = record_info(codec_info(kCodec).scales);
  const float* value_scales = in.scales + step / kRecord.halves * kColumns;
  const RowsF32 scale = rows_load(panel.scales + step * kPanelRows);
  for (int c = 0; c < kColumns; ++c) {
    const RowsI32 sum = _mm512_load_si512(sums[c]);
    totals[c] = rows_fma(rows_to_float(sum), rows_mul(scale, rows_splat(value_scales[c])), totals[c]);
  }
  if constexpr (kRecord.minimum) {
    alignas(64) float value_sums[kColumns];
    if constexpr (kRecord.halves == 2) {
      const RowsF32 starts = rows_to_float(_mm512_loadu_si512(in.starts + step * kColumns));
      rows_store(value_sums, rows_mul(rows_mul(rows_load(value_scales), starts), rows_splat(-0.125f)));
    } else {
      rows_store(value_sums, rows_load(in.sums + step * kColumns));
    }
    const RowsF32 minimum = rows_load(panel.minimums + step * kPanelRows);
    for (int c = 0; c < kColumns; ++c) totals[c] = rows_fma(minimum, rows_splat(value_sums[c]), totals[c]);
  }
}

template <Codec kCodec>
void product_open_panel(const ProductArgs& args, const ProductTile& tile, int64_t row,
                        const OpenPanel& panel) {
  constexpr int kHalves = record_info(codec_info(kCodec).scales).halves;
  const int64_t steps = args.k / kBlock * kHalves;
  alignas(64) Sums sums[kSlots];
  RowsF32 totals[kColumns];
  for (auto& total : totals) total = rows_zero();
  const auto start = [&]<int kSlot>(int64_t step) {
    if (step < steps) start_product<kSlot, kHalves>(panel.quants, tile.in.values, step, sums);
  };
  const auto finish = [&]<int kSlot>(int64_t step) {
    if (step >= steps) return;
    scale_sums<kCodec>(panel, tile.in, step, sums[kSlot], totals);
    start.template operator()<kSlot>(step + kSlots);
  };
  start.template operator()<0>(0);
  start.template operator()<1>(1);
  start.template operator()<2>(2);
  start.template operator()<3>(3);
  for (int64_t step = 0; step < steps; step += kSlots) {
    finish.template operator()<0>(step);
    finish.template operator()<1>(step + 1);
    finish.template operator()<2>(step + 2);
    finish.template operator()<3>(step + 3);
  }
  for (int c = 0; c < kColumns; ++c) store_sums(args, tile, row, c, totals[c]);
}

/// Tiles that are narrower than 16 columns come last; they are the vector kernels'.
inline int64_t num_full_tiles(const ProductArgs& args) {
  int64_t count = 0;
  while (count < args.num_tiles && args.tiles[count].in.width == kColumns) ++count;
  return count;
}

inline void product_rest(const ProductArgs& args, int64_t first_tile, Codec codec) {
  if (first_tile == args.num_tiles) return;
  ProductArgs rest = args;
  rest.tiles += first_tile;
  rest.num_tiles -= first_tile;
  avx512_kernels().product[int(codec)](rest);
}

template <Codec kCodec>
void product_tiles(const ProductArgs& args) {
  const int64_t full = num_full_tiles(args);
  if (full > 0) {
    configure_tiles<record_info(codec_info(kCodec).scales).halves>();
    const OpenPanel open = open_panel_at(args.scratch, args.k);
    for (int64_t panel = args.first_panel; panel < args.last_panel; ++panel) {
      open_panel<kCodec>(args, panel, open);
      for (int64_t tile = 0; tile < full; ++tile)
        product_open_panel<kCodec>(args, args.tiles[tile], panel * kPanelRows, open);
    }
    _tile_release();
  }
  product_rest(args, full, kCodec);
}

template <class C, Codec kCodec>
void product_float_tiles(const ProductArgs& args) {
  const int64_t full = num_full_tiles(args);
  for (int64_t panel = args.first_panel; panel < args.last_panel; ++panel) {
    for (int64_t tile = 0; tile < full; ++tile)
      product_float_panel<C, kColumns>(args, args.tiles[tile], panel);
  }
  product_rest(args, full, kCodec);
}
