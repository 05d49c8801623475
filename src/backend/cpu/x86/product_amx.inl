// Products of tiles of 16 columns by the matrix unit. Parts of four panels are taken apart at a time, small
// enough to stay in the first cache while every tile passes over them. int8 products and their sums are
// exact, so scaling them in the order of product.inl gives the same bits.

constexpr int kColumns = 16;
constexpr int kPanelsAtOnce = 4;
constexpr int64_t kPartBlocks = 8;
constexpr int64_t kTilesAtOnce = 32;

inline int64_t at_most(int64_t count, int64_t limit) { return count < limit ? count : limit; }

/// Some blocks of a panel: its quants less their zero point, and its scales.
struct OpenPart {
  alignas(64) int8_t quants[kPartBlocks * kBlock * kPanelRows];  ///< [blocks][8 groups][16 rows][4]
  alignas(64) float scales[kPartBlocks * 2 * kPanelRows];        ///< [blocks][halves][16 rows]
  alignas(64) float minimums[kPartBlocks * 2 * kPanelRows];      ///< the same
};
using Totals = float[kColumns][kPanelRows];

/// A block's quants less their zero point, [8 groups][16 rows][4].
template <Codec kCodec>
inline void open_quants(const uint8_t* lines, int8_t* out) {
  const Quads zero = _mm512_set1_epi8(char(codec_info(kCodec).zero));
  Quads w[kGroups];
  unpack_quants<kCodec>(lines, w);
  for (int g = 0; g < kGroups; ++g) _mm512_store_si512(out + g * 64, _mm512_sub_epi8(w[g], zero));
}

/// Blocks [first_block, first_block + num_blocks) of a panel.
template <Codec kCodec>
void open_part(const ProductArgs& args, int64_t panel, int64_t first_block, int64_t num_blocks,
               OpenPart& out) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr RecordInfo kRecord = record_info(kInfo.scales);
  constexpr size_t kQuantBytes = quant_lines(kInfo.quants) * 64;
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* records = base + size_t(args.k / kBlock) * kQuantBytes;
  for (int64_t i = 0; i < num_blocks; ++i) {
    const int64_t block = first_block + i;
    open_quants<kCodec>(base + size_t(block) * kQuantBytes, out.quants + i * kBlock * kPanelRows);
    const uint8_t* record = records + size_t(block / kRecord.blocks) * kRecord.bytes;
    const BlockScales scales = load_scales<kInfo.scales>(record, int(block % kRecord.blocks), 0);
    for (int half = 0; half < kRecord.halves; ++half) {
      const int64_t at = (i * kRecord.halves + half) * kPanelRows;
      rows_store(out.scales + at, scales.scale[half]);
      if constexpr (kRecord.minimum) rows_store(out.minimums + at, scales.minimum[half]);
    }
  }
}

/// For steps of a block, or of half of one.
template <int kHalves>
void configure_tiles(int columns) {
  tile_configure(columns, kBlock / kHalves, kGroups / kHalves);
}

/// Products under way: enough that their latency hides behind the scaling of earlier ones.
constexpr int kSlots = 4;
using Sums = int32_t[kColumns][kPanelRows];

/// The operands of some blocks of one panel and one tile.
struct PartProduct {
  const OpenPart* part;
  ActivationTile in;
};

/// Starts the integer product of one step, by the registers named.
template <int kSums, int kIn, int kQuants>
inline void start_step(const int8_t* values, const int8_t* quants, int32_t (*sums)[kPanelRows]) {
  tile_zero<kSums>();
  tile_load<kIn>(values, kBlock);
  tile_load<kQuants>(quants, 64);
  tile_dot<kSums, kIn, kQuants>();
  tile_store<kSums>(sums, 64);
}

/// Starts a step: a block, or half of one.
template <int kSlot, int kHalves>
inline void start_product(const PartProduct& product, int64_t step, Sums& sums) {
  constexpr int kStepInputs = kBlock / kHalves;
  start_step<kSlot, 4 + kSlot % 2, 6 + kSlot % 2>(
      product.in.values + step / kHalves * kBlock * kColumns + step % kHalves * kStepInputs,
      product.part->quants + step * kStepInputs * kPanelRows, sums);
}

template <int kHalves>
inline void start_products(const PartProduct& product, Sums* sums) {
  start_product<0, kHalves>(product, 0, sums[0]);
  start_product<1, kHalves>(product, 1, sums[1]);
  start_product<2, kHalves>(product, 2, sums[2]);
  start_product<3, kHalves>(product, 3, sums[3]);
}

/// Keeps the compiler from doing every column's first steps first, for which there are too few registers.
inline void in_order(RowsF32& x) { __asm__ volatile("" : "+v"(x)); }

/// totals[column] += scale * sums + minimum * (sum of the values), for a step of a tile of `columns`. Has to
/// be part of its caller, which keeps the totals in registers.
template <Codec kCodec, int kWidth>
__attribute__((always_inline)) inline void add_scaled(RowsF32 scale, RowsF32 minimum,
                                                      const ActivationTile& in, int64_t columns, int64_t step,
                                                      const int32_t (*sums)[kPanelRows],
                                                      RowsF32 (&totals)[kWidth]) {
  constexpr RecordInfo kRecord = record_info(codec_info(kCodec).scales);
  const float* value_scales = in.scales + step / kRecord.halves * columns;
#pragma GCC unroll 16
  for (int c = 0; c < kWidth; ++c) {
    const RowsI32 sum = _mm512_load_si512(sums[c]);
    totals[c] = rows_fma(rows_to_float(sum), rows_mul(scale, rows_splat(value_scales[c])), totals[c]);
    in_order(totals[c]);
  }
  if constexpr (kRecord.minimum) {
    alignas(64) float half_sums[kColumns];
    const float* value_sums = in.sums + step * columns;
    if constexpr (kRecord.halves == 2) {
      const RowsF32 starts = rows_to_float(_mm512_loadu_si512(in.starts + step * columns));
      rows_store(half_sums, rows_mul(rows_mul(rows_load(value_scales), starts), rows_splat(-0.125f)));
      value_sums = half_sums;
    }
#pragma GCC unroll 16
    for (int c = 0; c < kWidth; ++c) totals[c] = rows_fma(minimum, rows_splat(value_sums[c]), totals[c]);
  }
}

template <Codec kCodec>
inline void scale_sums(const OpenPart& part, const ActivationTile& in, int64_t step, const Sums& sums,
                       RowsF32 (&totals)[kColumns]) {
  constexpr bool kMinimum = record_info(codec_info(kCodec).scales).minimum;
  const int64_t at = step * kPanelRows;
  add_scaled<kCodec>(rows_load(part.scales + at), kMinimum ? rows_load(part.minimums + at) : rows_zero(), in,
                     kColumns, step, sums, totals);
}

/// Adds the products of `num_blocks` blocks. The first four steps are under way; every other one is started
/// four steps ahead, the last four being the first of `next`. No branches between: a wrong guess costs as
/// much as a step.
template <Codec kCodec>
void add_part(const PartProduct& product, const PartProduct& next, int64_t num_blocks, Sums* sums,
              Totals& so_far) {
  constexpr int kHalves = record_info(codec_info(kCodec).scales).halves;
  const int64_t steps = num_blocks * kHalves;
  RowsF32 totals[kColumns];
#pragma GCC unroll 16
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  const auto finish = [&](int64_t step, const Sums& of_step) {
    scale_sums<kCodec>(*product.part, product.in, step, of_step, totals);
  };
  const auto finish_and_start = [&]<int kSlot>(int64_t first, const PartProduct& started, int64_t at) {
    finish(first + kSlot, sums[kSlot]);
    start_product<kSlot, kHalves>(started, at + kSlot, sums[kSlot]);
  };
  int64_t first = 0;
  for (; first + 2 * kSlots <= steps; first += kSlots) {
    finish_and_start.template operator()<0>(first, product, first + kSlots);
    finish_and_start.template operator()<1>(first, product, first + kSlots);
    finish_and_start.template operator()<2>(first, product, first + kSlots);
    finish_and_start.template operator()<3>(first, product, first + kSlots);
  }
  finish_and_start.template operator()<0>(first, next, 0);
  finish_and_start.template operator()<1>(first, next, 0);
  finish_and_start.template operator()<2>(first, next, 0);
  finish_and_start.template operator()<3>(first, next, 0);
  for (int64_t step = first + kSlots; step < steps; ++step) {
    start_product<0, kHalves>(product, step, sums[kSlots]);
    finish(step, sums[kSlots]);
  }
#pragma GCC unroll 16
  for (int c = 0; c < kColumns; ++c) rows_store(so_far[c], totals[c]);
}

/// The same for fewer than four steps.
template <Codec kCodec>
void add_short_part(const PartProduct& product, int64_t num_blocks, Totals& so_far) {
  constexpr int kHalves = record_info(codec_info(kCodec).scales).halves;
  alignas(64) Sums sums;
  RowsF32 totals[kColumns];
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  for (int64_t step = 0; step < num_blocks * kHalves; ++step) {
    start_product<0, kHalves>(product, step, sums);
    scale_sums<kCodec>(*product.part, product.in, step, sums, totals);
  }
  for (int c = 0; c < kColumns; ++c) rows_store(so_far[c], totals[c]);
}

/// The blocks of a tile from `block` on.
inline ActivationTile from_block(const ActivationTile& tile, int64_t block) {
  return {kColumns,
          tile.values + block * kBlock * kColumns,
          tile.scales + block * kColumns,
          tile.sums + block * kColumns,
          tile.starts + block * 2 * kColumns,
          nullptr,
          nullptr};
}

/// Adds blocks [block, block + num_blocks) of every open panel and tile, tile by tile.
template <Codec kCodec>
void add_parts(const OpenPart* parts, int64_t num_panels, const ProductTile* tiles, int64_t num_tiles,
               int64_t block, int64_t num_blocks, Totals (*totals)[kPanelsAtOnce]) {
  constexpr int kHalves = record_info(codec_info(kCodec).scales).halves;
  const auto product_at = [&](int64_t index) {
    return PartProduct{parts + index % num_panels, from_block(tiles[index / num_panels].in, block)};
  };
  const int64_t count = num_tiles * num_panels;
  PartProduct product = product_at(0);
  if (num_blocks * kHalves < kSlots) {
    for (int64_t i = 0; i < count; ++i)
      add_short_part<kCodec>(product_at(i), num_blocks, totals[i / num_panels][i % num_panels]);
    return;
  }
  alignas(64) Sums sums[kSlots + 1];
  start_products<kHalves>(product, sums);
  for (int64_t i = 0; i < count; ++i) {
    const PartProduct next = i + 1 < count ? product_at(i + 1) : product;
    add_part<kCodec>(product, next, num_blocks, sums, totals[i / num_panels][i % num_panels]);
    product = next;
  }
}

/// Row by row, the panels side by side: the output's rows lie far apart.
template <int kPanels>
inline void store_totals(const ProductArgs& args, int64_t first_panel, int64_t num_panels,
                         const ProductTile* tiles, int64_t num_tiles, const Totals (*totals)[kPanels]) {
  for (int64_t tile = 0; tile < num_tiles; ++tile) {
    for (int c = 0; c < tiles[tile].in.width; ++c) {
      for (int64_t p = 0; p < num_panels; ++p) {
        store_sums(args, tiles[tile], (first_panel + p) * kPanelRows, c, rows_load(totals[tile][p][c]));
      }
    }
  }
}

/// Panels [first_panel, first_panel + num_panels), at most kPanelsAtOnce, with tiles that are all 16 wide.
template <Codec kCodec>
void product_panels(const ProductArgs& args, int64_t first_panel, int64_t num_panels,
                    const ProductTile* tiles, int64_t num_tiles) {
  alignas(64) Totals totals[kTilesAtOnce][kPanelsAtOnce];
  OpenPart parts[kPanelsAtOnce];
  __builtin_memset(totals, 0, size_t(num_tiles) * sizeof totals[0]);
  const int64_t blocks = args.k / kBlock;
  for (int64_t block = 0; block < blocks; block += kPartBlocks) {
    const int64_t num_blocks = at_most(blocks - block, kPartBlocks);
    for (int64_t p = 0; p < num_panels; ++p)
      open_part<kCodec>(args, first_panel + p, block, num_blocks, parts[p]);
    add_parts<kCodec>(parts, num_panels, tiles, num_tiles, block, num_blocks, totals);
  }
  store_totals(args, first_panel, num_panels, tiles, num_tiles, totals);
}
