// Products of tiles of 16 columns by the matrix unit. Parts of four panels are taken apart at a time, small
// enough to stay in the first cache while every tile passes over them. int8 products and their sums are
// exact, so scaling them in the order of product.inl gives the same bits.

constexpr int kColumns = 16;
constexpr int kPanelsAtOnce = 4;
constexpr int64_t kPartBlocks = 8;
constexpr int64_t kTilesAtOnce = 32;

inline int64_t at_most(int64_t count, int64_t limit) { return count < limit ? count : limit; }
inline int64_t ceil_lines(int64_t bytes) { return (bytes + 63) / 64; }

constexpr int64_t kBlockBytes = kBlock * kPanelRows;

/// Some blocks of a panel: bytes, [8 groups][16 rows][4] each, scales and minima.
template <Codec kCodec>
struct OpenPart {
  static constexpr bool kMinimum = record_info(codec_info(kCodec).scales).minimum;
  alignas(64) int8_t quants[kPartBlocks][kBlockBytes];
  alignas(64) float scales[kPartBlocks][kPanelRows];
  alignas(64) float minimums[kMinimum ? kPartBlocks : 1][kPanelRows];
};
using Totals = float[kColumns][kPanelRows];

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
using Sums = int32_t[kColumns][kPanelRows];

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

template <Codec kCodec, int kSlot>
inline void start_product(const PartProduct<kCodec>& product, int64_t block, Sums& sums) {
  start_block<kSlot>(product.in.values + block * kBlock * kColumns, product.part->quants[block], sums);
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

/// Scales the sums in a slot, and starts a block there.
template <Codec kCodec, int kSlot>
HEARTH_INLINE void scale_and_start(const PartProduct<kCodec>& product, int64_t block,
                                   const PartProduct<kCodec>& started, int64_t started_block, Sums* sums,
                                   RowsF32 (&totals)[kColumns]) {
  scale_sums<kCodec>(product, block + kSlot, sums[kSlot], totals);
  start_product<kCodec, kSlot>(started, started_block + kSlot, sums[kSlot]);
}
#undef HEARTH_INLINE

/// Adds the products of `num_blocks` blocks. The first four are under way; every other one is started four
/// blocks ahead, the last four being the first of `next`. No branches between: a wrong guess costs as much as
/// a block.
template <Codec kCodec>
void add_part(const PartProduct<kCodec>& product, const PartProduct<kCodec>& next, int64_t num_blocks,
              Sums* sums, Totals& so_far) {
  RowsF32 totals[kColumns];
#pragma GCC unroll 16
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  int64_t first = 0;
  for (; first + 2 * kSlots <= num_blocks; first += kSlots) {
    scale_and_start<kCodec, 0>(product, first, product, first + kSlots, sums, totals);
    scale_and_start<kCodec, 1>(product, first, product, first + kSlots, sums, totals);
    scale_and_start<kCodec, 2>(product, first, product, first + kSlots, sums, totals);
    scale_and_start<kCodec, 3>(product, first, product, first + kSlots, sums, totals);
  }
  scale_and_start<kCodec, 0>(product, first, next, 0, sums, totals);
  scale_and_start<kCodec, 1>(product, first, next, 0, sums, totals);
  scale_and_start<kCodec, 2>(product, first, next, 0, sums, totals);
  scale_and_start<kCodec, 3>(product, first, next, 0, sums, totals);
  for (int64_t block = first + kSlots; block < num_blocks; ++block) {
    start_product<kCodec, 0>(product, block, sums[kSlots]);
    scale_sums<kCodec>(product, block, sums[kSlots], totals);
  }
#pragma GCC unroll 16
  for (int c = 0; c < kColumns; ++c) rows_store(so_far[c], totals[c]);
}

/// The same for fewer than four blocks.
template <Codec kCodec>
void add_short_part(const PartProduct<kCodec>& product, int64_t num_blocks, Totals& so_far) {
  alignas(64) Sums sums;
  RowsF32 totals[kColumns];
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  for (int64_t block = 0; block < num_blocks; ++block) {
    start_product<kCodec, 0>(product, block, sums);
    scale_sums<kCodec>(product, block, sums, totals);
  }
  for (int c = 0; c < kColumns; ++c) rows_store(so_far[c], totals[c]);
}

/// Step `index` of `count` along the inputs: each asks for its share of what later steps need.
struct Share {
  int64_t index, count;

  int64_t begin(int64_t total) const { return total * index / count; }
  int64_t end(int64_t total) const { return total * (index + 1) / count; }
};

/// Asks for a share of the lines that a panel's sums of a tile go to: they lie far apart, and out of the
/// caches.
inline void prefetch_outputs(const ProductArgs& args, const ProductTile& tile, int64_t panel, Share share) {
  const float* out = tile.out + panel * kPanelRows;
  for (int64_t c = share.begin(kColumns); c < share.end(kColumns); ++c)
    prefetch_line(out + c * args.out_stride);
}

/// Asks for a share of blocks [block, block + num_blocks) of a panel and of their scales.
template <Codec kCodec>
inline void prefetch_weights(const ProductArgs& args, int64_t panel, int64_t block, int64_t num_blocks,
                             Share share) {
  constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  constexpr int64_t kQuantBytes = int64_t(quant_lines(codec_info(kCodec).quants)) * 64;
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* quants = base + block * kQuantBytes;
  const uint8_t* records = base + args.k / kBlock * kQuantBytes + block / kInfo.blocks * int64_t(kInfo.bytes);
  const int64_t quant_lines = num_blocks * kQuantBytes / 64;
  const int64_t record_lines = ceil_lines(num_blocks / kInfo.blocks * int64_t(kInfo.bytes));
  for (int64_t i = share.begin(quant_lines); i < share.end(quant_lines); ++i) prefetch_line(quants + i * 64);
  for (int64_t i = share.begin(record_lines); i < share.end(record_lines); ++i)
    prefetch_line(records + i * 64);
}

/// The blocks of a tile from `block` on.
inline ActivationTile from_block(const ActivationTile& tile, int64_t block) {
  return {kColumns,
          true,
          tile.values + block * kBlock * kColumns,
          tile.scales + block * kColumns,
          tile.sums + block * kColumns,
          tile.starts + block * 2 * kColumns,
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

/// Adds blocks [block, block + num_blocks) of every open panel and tile, tile by tile.
template <Codec kCodec>
void add_parts(const OpenPanels<kCodec>& open, int64_t block, int64_t num_blocks,
               Totals (*totals)[kPanelsAtOnce]) {
  const int64_t blocks = open.args.k / kBlock, next_block = block + num_blocks;
  const Share outputs{block / kPartBlocks, (blocks + kPartBlocks - 1) / kPartBlocks};
  const auto product_at = [&](int64_t index) {
    return PartProduct<kCodec>{open.parts + index % open.num_panels,
                               from_block(open.tiles[index / open.num_panels].in, block)};
  };
  const int64_t count = open.num_tiles * open.num_panels;
  PartProduct<kCodec> product = product_at(0);
  if (num_blocks < kSlots) {
    for (int64_t i = 0; i < count; ++i)
      add_short_part<kCodec>(product_at(i), num_blocks, totals[i / open.num_panels][i % open.num_panels]);
    return;
  }
  alignas(64) Sums sums[kSlots + 1];
  start_product<kCodec, 0>(product, 0, sums[0]);
  start_product<kCodec, 1>(product, 1, sums[1]);
  start_product<kCodec, 2>(product, 2, sums[2]);
  start_product<kCodec, 3>(product, 3, sums[3]);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t tile = i / open.num_panels, panel = i % open.num_panels;
    const PartProduct<kCodec> next = i + 1 < count ? product_at(i + 1) : product;
    prefetch_outputs(open.args, open.tiles[tile], open.first_panel + panel, outputs);
    if (next_block < blocks) {
      prefetch_weights<kCodec>(open.args, open.first_panel + panel, next_block,
                               at_most(blocks - next_block, kPartBlocks), {tile, open.num_tiles});
    }
    add_part<kCodec>(product, next, num_blocks, sums, totals[tile][panel]);
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
  OpenPart<kCodec> parts[kPanelsAtOnce];
  const OpenPanels<kCodec> open{args, first_panel, num_panels, tiles, num_tiles, parts};
  __builtin_memset(totals, 0, size_t(num_tiles) * sizeof totals[0]);
  const int64_t blocks = args.k / kBlock;
  for (int64_t block = 0; block < blocks; block += kPartBlocks) {
    const int64_t num_blocks = at_most(blocks - block, kPartBlocks);
    for (int64_t p = 0; p < num_panels; ++p)
      open_part<kCodec>(args, first_panel + p, block, num_blocks, parts[p]);
    add_parts<kCodec>(open, block, num_blocks, totals);
  }
  store_totals(args, first_panel, num_panels, tiles, num_tiles, totals);
}
