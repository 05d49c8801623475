// Products of tiles of 16 columns by the matrix unit. Parts of four panels are taken apart at a time, small
// enough to stay in the first cache while every tile passes over them. int8 products and their sums are
// exact, so scaling them in the order of product.inl gives the same bits.

constexpr int64_t kPartBlocks = 8;
constexpr int64_t kBlockBytes = kBlock * kPanelRows;

/// Some blocks of a panel: bytes, [8 groups][16 rows][4] each, scales and minima.
template <Codec kCodec>
struct OpenPart {
  static constexpr bool kMinimum = record_info(codec_info(kCodec).scales).minimum;
  alignas(64) int8_t quants[kPartBlocks][kBlockBytes];
  alignas(64) float scales[kPartBlocks][kPanelRows];
  alignas(64) float minimums[kMinimum ? kPartBlocks : 1][kPanelRows];
};

/// A block's quants less their zero point.
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
               OpenPart<kCodec>& out) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr size_t kQuantBytes = quant_lines(kInfo.quants) * 64;
  constexpr size_t kRecordBytes = record_info(kInfo.scales).bytes;
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* records = base + size_t(args.k / kBlock) * kQuantBytes;
  for (int64_t i = 0; i < num_blocks; ++i) {
    const int64_t block = first_block + i;
    const RowScales scales = load_scales<kInfo.scales>(records + size_t(block) * kRecordBytes, 0);
    open_quants<kCodec>(base + size_t(block) * kQuantBytes, out.quants[i]);
    rows_store(out.scales[i], scales.scale);
    if constexpr (OpenPart<kCodec>::kMinimum) rows_store(out.minimums[i], scales.minimum);
  }
}

/// Products under way: enough that their latency hides behind the scaling of earlier ones.
constexpr int kSlots = 4;

/// The operands of some blocks of one panel and one tile.
template <Codec kCodec>
struct PartProduct {
  const OpenPart<kCodec>* part;
  ActivationTile in;
};

/// Starts a block's product. Alternate blocks take alternate registers.
template <int kBlockNumber>
inline void start_block(const int8_t* values, const int8_t* quants, int32_t (*sums)[kPanelRows]) {
  constexpr int kSums = kBlockNumber % 4, kIn = 4 + kBlockNumber % 2, kQuants = 6 + kBlockNumber % 2;
  tile_zero<kSums>();
  tile_load<kIn>(values, kBlock);
  tile_load<kQuants>(quants, 64);
  tile_dot<kSums, kIn, kQuants>();
  tile_store<kSums>(sums, 64);
}

template <Codec kCodec, int kBlockNumber>
inline void start_product(const PartProduct<kCodec>& product, int64_t block, Sums& sums) {
  start_block<kBlockNumber>(product.in.values + block * kBlock * kColumns, product.part->quants[block], sums);
}

/// Keeps the compiler from doing every column's first steps first, for which there are too few registers.
inline void in_order(RowsF32& x) { __asm__ volatile("" : "+v"(x)); }

// What works on totals has to be part of its caller, which keeps them in registers.
#define HEARTH_INLINE __attribute__((always_inline)) inline

/// totals[column] += scale * sums + minima * (sums of the values), for a block of a tile of
/// `columns`.
template <Codec kCodec, int kWidth>
HEARTH_INLINE void add_scaled(const RowScales& scales, const ActivationTile& in, int64_t columns,
                              int64_t block, const int32_t (*sums)[kPanelRows], RowsF32 (&totals)[kWidth]) {
  const float* value_scales = in.scales + block * columns;
#pragma GCC unroll 16
  for (int c = 0; c < kWidth; ++c) {
    const RowsF32 sum = rows_to_float(_mm512_load_si512(sums[c]));
    totals[c] = rows_fma(sum, rows_mul(scales.scale, rows_splat(value_scales[c])), totals[c]);
    in_order(totals[c]);
  }
  if constexpr (OpenPart<kCodec>::kMinimum) {
    const float* value_sums = in.sums + block * columns;
#pragma GCC unroll 16
    for (int c = 0; c < kWidth; ++c)
      totals[c] = rows_fma(scales.minimum, rows_splat(value_sums[c]), totals[c]);
  }
}

template <Codec kCodec>
HEARTH_INLINE void scale_sums(const PartProduct<kCodec>& product, int64_t block, const Sums& sums,
                              RowsF32 (&totals)[kColumns]) {
  const OpenPart<kCodec>& part = *product.part;
  RowScales scales;
  scales.scale = rows_load(part.scales[block]);
  if constexpr (OpenPart<kCodec>::kMinimum) scales.minimum = rows_load(part.minimums[block]);
  add_scaled<kCodec>(scales, product.in, kColumns, block, sums, totals);
}

/// Two slots that are scaled and started anew in turns with the other two.
struct Slots {
  Sums* at;
  int pair = 0;

  Sums& operator[](int i) const { return at[2 * pair + i]; }
  void turn() { pair = 1 - pair; }
};

/// Scales two blocks from `block` on, and starts two of `started` in their slots.
template <Codec kCodec, int kFirst>
HEARTH_INLINE void scale_and_start(const PartProduct<kCodec>& product, int64_t block,
                                   const PartProduct<kCodec>& started, int64_t started_block, Slots& slots,
                                   RowsF32 (&totals)[kColumns]) {
  scale_sums<kCodec>(product, block, slots[0], totals);
  start_product<kCodec, kFirst>(started, started_block, slots[0]);
  scale_sums<kCodec>(product, block + 1, slots[1], totals);
  start_product<kCodec, kFirst + 1>(started, started_block + 1, slots[1]);
  slots.turn();
}
#undef HEARTH_INLINE

/// The totals so far and the products of `num_blocks` blocks. The first four are under way; every other one
/// is started four blocks ahead, the last four being the first of `next`. No branches between: a
/// misprediction costs as much as a block.
template <Codec kCodec>
void add_part(const PartProduct<kCodec>& product, const PartProduct<kCodec>& next, int64_t num_blocks,
              Slots& slots, const Totals& so_far, Totals& out) {
  RowsF32 totals[kColumns];
#pragma GCC unroll 16
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  const int64_t paired = num_blocks / 2 * 2;
  int64_t block = 0;
  for (; block + 2 * kSlots <= paired; block += 4) {
    scale_and_start<kCodec, 0>(product, block, product, block + kSlots, slots, totals);
    scale_and_start<kCodec, 2>(product, block + 2, product, block + 2 + kSlots, slots, totals);
  }
  if (block + kSlots < paired) {
    scale_and_start<kCodec, 0>(product, block, product, block + kSlots, slots, totals);
    scale_and_start<kCodec, 2>(product, block + 2, next, 0, slots, totals);
    scale_and_start<kCodec, 0>(product, block + 4, next, 2, slots, totals);
  } else {
    scale_and_start<kCodec, 0>(product, block, next, 0, slots, totals);
    scale_and_start<kCodec, 2>(product, block + 2, next, 2, slots, totals);
  }
  if (paired < num_blocks) {
    alignas(64) Sums sums;
    start_product<kCodec, 2>(product, paired, sums);
    scale_sums<kCodec>(product, paired, sums, totals);
  }
#pragma GCC unroll 16
  for (int c = 0; c < kColumns; ++c) rows_store(out[c], totals[c]);
}

/// The same for fewer than four blocks.
template <Codec kCodec>
void add_short_part(const PartProduct<kCodec>& product, int64_t num_blocks, const Totals& so_far,
                    Totals& out) {
  alignas(64) Sums sums;
  RowsF32 totals[kColumns];
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  for (int64_t block = 0; block < num_blocks; ++block) {
    start_product<kCodec, 0>(product, block, sums);
    scale_sums<kCodec>(product, block, sums, totals);
  }
  for (int c = 0; c < kColumns; ++c) rows_store(out[c], totals[c]);
}

/// The blocks of a tile from `block` on.
inline ActivationTile from_block(const ActivationTile& tile, int64_t block) {
  return {kColumns,
          true,
          tile.values + block * kBlock * kColumns,
          tile.scales + block * kColumns,
          tile.sums + block * kColumns,
          tile.starts + block * kColumns,
          nullptr,
          nullptr};
}

/// Panels that are open, and the tiles that pass over them.
template <Codec kCodec>
struct OpenPanels {
  const ProductArgs& args;
  int64_t first_panel, num_panels;
  const ProductTile* tiles;
  int64_t num_tiles;
  const OpenPart<kCodec>* parts;
};

/// How many of the blocks left go into the next part: as evenly as can be, in pairs.
inline int64_t part_blocks(int64_t left) {
  const int64_t pairs = ceil_div(ceil_div(left, ceil_div(left, kPartBlocks)), 2);
  return at_most(left, 2 * pairs);
}

/// Adds blocks [block, block + num_blocks) of every open panel and tile, tile by tile.
template <Codec kCodec>
void add_parts(const OpenPanels<kCodec>& open, int64_t block, int64_t num_blocks,
               Totals (*totals)[kPanelsAtOnce]) {
  const int64_t blocks = open.args.k / kBlock, next_block = block + num_blocks;
  const Share outputs{block, next_block, blocks};
  const auto product_at = [&](int64_t index) {
    return PartProduct<kCodec>{open.parts + index % open.num_panels,
                               from_block(open.tiles[index / open.num_panels].in, block)};
  };
  const int64_t count = open.num_tiles * open.num_panels;
  PartProduct<kCodec> product = product_at(0);
  alignas(64) Sums sums[kSlots];
  Slots slots{sums};
  if (num_blocks >= kSlots) {
    start_product<kCodec, 0>(product, 0, sums[0]);
    start_product<kCodec, 1>(product, 1, sums[1]);
    start_product<kCodec, 2>(product, 2, sums[2]);
    start_product<kCodec, 3>(product, 3, sums[3]);
  }
  for (int64_t i = 0; i < count; ++i) {
    const int64_t tile = i / open.num_panels, panel = i % open.num_panels;
    const PartProduct<kCodec> next = i + 1 < count ? product_at(i + 1) : product;
    prefetch_outputs(open.args, open.tiles[tile], open.first_panel + panel, outputs);
    if (next_block < blocks) {
      prefetch_weights<kCodec>(open.args, open.first_panel + panel, next_block,
                               part_blocks(blocks - next_block), {tile, tile + 1, open.num_tiles});
    }
    Totals& out = totals[tile][panel];
    const Totals& so_far = block == 0 ? kNoTotals : out;
    if (num_blocks < kSlots) {
      add_short_part<kCodec>(product, num_blocks, so_far, out);
    } else {
      add_part<kCodec>(product, next, num_blocks, slots, so_far, out);
    }
    if (next_block == blocks) store_tile(open.args, open.tiles[tile], open.first_panel + panel, out);
    product = next;
  }
}

/// Panels [first_panel, first_panel + num_panels), at most kPanelsAtOnce, with tiles that are all 16 wide.
template <Codec kCodec>
void product_panels(const ProductArgs& args, int64_t first_panel, int64_t num_panels,
                    const ProductTile* tiles, int64_t num_tiles) {
  alignas(64) Totals totals[kTilesAtOnce][kPanelsAtOnce];
  OpenPart<kCodec> parts[kPanelsAtOnce];
  const OpenPanels<kCodec> open{args, first_panel, num_panels, tiles, num_tiles, parts};
  const int64_t blocks = args.k / kBlock;
  for (int64_t block = 0, num_blocks; block < blocks; block += num_blocks) {
    num_blocks = part_blocks(blocks - block);
    for (int64_t p = 0; p < num_panels; ++p)
      open_part<kCodec>(args, first_panel + p, block, num_blocks, parts[p]);
    add_parts<kCodec>(open, block, num_blocks, totals);
  }
}
