// Products of tiles of 16 columns by the matrix unit. Parts of four panels are taken apart at a time, small
// enough to stay in the first cache while every tile passes over them. int8 products and their sums are
// exact, so scaling them in the order of product.inl gives the same bits.

constexpr int kColumns = 16;
constexpr int kPanelsAtOnce = 4;
constexpr int64_t kPartBlocks = 8;
constexpr int64_t kTilesAtOnce = 32;

inline int64_t at_most(int64_t count, int64_t limit) { return count < limit ? count : limit; }

/// Products that a block takes. Q2_K's and Q3_K's quants times the codes of their half fit into bytes, so
/// that a block is one; Q6_K's do not, and its halves go apart.
template <Codec kCodec>
constexpr int products() {
  return kCodec == Codec::kK6 ? 2 : 1;
}
template <Codec kCodec>
constexpr bool is_folded() {
  return record_info(codec_info(kCodec).scales).halves == 2 && products<kCodec>() == 1;
}

/// Q3_K's quants times codes reach 128 and no less than -124, so that bytes hold them with the sign turned.
template <Codec kCodec>
constexpr bool is_turned() {
  return kCodec == Codec::kK3;
}

constexpr int64_t kBlockBytes = kBlock * kPanelRows;

/// Some blocks of a panel: bytes, [8 groups][16 rows][4] each, scales, codes and minima.
template <Codec kCodec>
struct OpenPart {
  static constexpr RecordInfo kRecord = record_info(codec_info(kCodec).scales);
  alignas(64) int8_t quants[kPartBlocks][kBlockBytes];
  alignas(64) float scales[kPartBlocks][kPanelRows];
  alignas(64) float codes[products<kCodec>() == 2 ? kPartBlocks : 1][2][kPanelRows];
  alignas(64) float minimums[kRecord.minimum ? kPartBlocks : 1][kRecord.halves][kPanelRows];
};
using Totals = float[kColumns][kPanelRows];

/// Words of even bytes, sign-extended, and of odd ones.
inline Quads even_words(Quads x) { return _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8); }
inline Quads odd_words(Quads x) { return _mm512_srai_epi16(x, 8); }
inline Quads join_words(Quads even, Quads odd) {
  return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, even, _mm512_slli_epi16(odd, 8));
}

/// A block's scales, with the sign of what it is opened to.
template <Codec kCodec>
inline BlockScales load_opened(const uint8_t* record, int sub) {
  BlockScales scales = load_scales<codec_info(kCodec).scales>(record, sub, 0);
  if constexpr (is_turned<kCodec>()) scales.scale = rows_mul(scales.scale, rows_splat(-1.0f));
  return scales;
}

/// A block's quants less their zero point, folded with their half's code where bytes hold that.
template <Codec kCodec>
inline void open_quants(const uint8_t* lines, const BlockScales& scales, int8_t* out) {
  const Quads zero = _mm512_set1_epi8(char(codec_info(kCodec).zero));
  Quads w[kGroups];
  unpack_quants<kCodec>(lines, w);
  for (int g = 0; g < kGroups; ++g) {
    Quads quants = _mm512_sub_epi8(w[g], zero);
    if constexpr (is_folded<kCodec>()) {
      const RowsI32 code = _mm512_cvtps_epi32(scales.code[g / (kGroups / 2)]);
      const RowsI32 factor = is_turned<kCodec>() ? _mm512_sub_epi32(_mm512_setzero_si512(), code) : code;
      const Quads words = _mm512_mask_blend_epi16(0xaaaaaaaa, factor, _mm512_slli_epi32(factor, 16));
      quants = join_words(_mm512_mullo_epi16(even_words(quants), words),
                          _mm512_mullo_epi16(odd_words(quants), words));
    }
    _mm512_store_si512(out + g * 64, quants);
  }
}

/// Blocks [first_block, first_block + num_blocks) of a panel.
template <Codec kCodec>
void open_part(const ProductArgs& args, int64_t panel, int64_t first_block, int64_t num_blocks,
               OpenPart<kCodec>& out) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr RecordInfo kRecord = record_info(kInfo.scales);
  constexpr size_t kQuantBytes = quant_lines(kInfo.quants) * 64;
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* records = base + size_t(args.k / kBlock) * kQuantBytes;
  for (int64_t i = 0; i < num_blocks; ++i) {
    const int64_t block = first_block + i;
    const uint8_t* record = records + size_t(block / kRecord.blocks) * kRecord.bytes;
    const BlockScales scales = load_opened<kCodec>(record, int(block % kRecord.blocks));
    open_quants<kCodec>(base + size_t(block) * kQuantBytes, scales, out.quants[i]);
    rows_store(out.scales[i], scales.scale);
    for (int half = 0; half < kRecord.halves; ++half) {
      if constexpr (products<kCodec>() == 2) rows_store(out.codes[i][half], scales.code[half]);
      if constexpr (kRecord.minimum) rows_store(out.minimums[i][half], scales.minimum[half]);
    }
  }
}

template <Codec kCodec>
inline void configure_tiles(int columns) {
  tile_configure(columns, kBlock / products<kCodec>(), kGroups / products<kCodec>());
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

/// Starts one integer product, by the registers named.
template <int kSums, int kIn, int kQuants>
inline void start_sums(const int8_t* values, const int8_t* quants, int32_t (*sums)[kPanelRows]) {
  tile_zero<kSums>();
  tile_load<kIn>(values, kBlock);
  tile_load<kQuants>(quants, 64);
  tile_dot<kSums, kIn, kQuants>();
  tile_store<kSums>(sums, 64);
}

/// Starts a block's products. Alternate blocks take alternate registers.
template <Codec kCodec, int kBlockNumber, int kWidth>
inline void start_block(const int8_t* values, const int8_t* quants, int32_t (*sums)[kWidth][kPanelRows]) {
  constexpr int kPair = kBlockNumber % 2;
  if constexpr (products<kCodec>() == 1) {
    start_sums<kBlockNumber % 4, 4 + kPair, 6 + kPair>(values, quants, sums[0]);
  } else {
    start_sums<2 * kPair, 4, 6>(values, quants, sums[0]);
    start_sums<2 * kPair + 1, 5, 7>(values + kBlock / 2, quants + kBlockBytes / 2, sums[1]);
  }
}

template <Codec kCodec, int kSlot>
inline void start_product(const PartProduct<kCodec>& product, int64_t block, Sums* sums) {
  start_block<kCodec, kSlot>(product.in.values + block * kBlock * kColumns, product.part->quants[block],
                             sums);
}

/// Keeps the compiler from doing every column's first steps first, for which there are too few registers.
inline void in_order(RowsF32& x) { __asm__ volatile("" : "+v"(x)); }

// What works on totals has to be part of its caller, which keeps them in registers.
#define HEARTH_INLINE __attribute__((always_inline)) inline

/// A block's sums of a column, by the codes where its halves went apart. Exact.
template <Codec kCodec, int kWidth>
HEARTH_INLINE RowsF32 sum_of_block(const int32_t (*sums)[kWidth][kPanelRows], int column,
                                   const RowsF32 (&code)[2]) {
  const RowsF32 first = rows_to_float(_mm512_load_si512(sums[0][column]));
  if constexpr (products<kCodec>() == 1) return first;
  const RowsF32 second = rows_to_float(_mm512_load_si512(sums[products<kCodec>() - 1][column]));
  return rows_fma(second, code[1], rows_mul(first, code[0]));
}

/// totals[column] += scale * sums + minima * (sums of the values), for a block of a tile of
/// `columns`.
template <Codec kCodec, int kWidth>
HEARTH_INLINE void add_scaled(const BlockScales& scales, const ActivationTile& in, int64_t columns,
                              int64_t block, const int32_t (*sums)[kWidth][kPanelRows],
                              RowsF32 (&totals)[kWidth]) {
  constexpr RecordInfo kRecord = record_info(codec_info(kCodec).scales);
  const float* value_scales = in.scales + block * columns;
#pragma GCC unroll 16
  for (int c = 0; c < kWidth; ++c) {
    totals[c] = rows_fma(sum_of_block<kCodec>(sums, c, scales.code),
                         rows_mul(scales.scale, rows_splat(value_scales[c])), totals[c]);
    in_order(totals[c]);
  }
  if constexpr (kRecord.minimum) {
    for (int half = 0; half < kRecord.halves; ++half) {
      alignas(64) float half_sums[kColumns];
      const float* value_sums = in.sums + block * columns;
      if constexpr (kRecord.halves == 2) {
        const RowsF32 starts = rows_to_float(_mm512_loadu_si512(in.starts + (block * 2 + half) * columns));
        rows_store(half_sums, rows_mul(rows_mul(rows_load(value_scales), starts), rows_splat(-0.125f)));
        value_sums = half_sums;
      }
#pragma GCC unroll 16
      for (int c = 0; c < kWidth; ++c)
        totals[c] = rows_fma(scales.minimum[half], rows_splat(value_sums[c]), totals[c]);
    }
  }
}

template <Codec kCodec>
HEARTH_INLINE void scale_sums(const PartProduct<kCodec>& product, int64_t block, const Sums* sums,
                              RowsF32 (&totals)[kColumns]) {
  constexpr RecordInfo kRecord = record_info(codec_info(kCodec).scales);
  const OpenPart<kCodec>& part = *product.part;
  BlockScales scales;
  scales.scale = rows_load(part.scales[block]);
  for (int half = 0; half < kRecord.halves; ++half) {
    if constexpr (products<kCodec>() == 2) scales.code[half] = rows_load(part.codes[block][half]);
    if constexpr (kRecord.minimum) scales.minimum[half] = rows_load(part.minimums[block][half]);
  }
  add_scaled<kCodec>(scales, product.in, kColumns, block, sums, totals);
}

/// Scales the sums in a slot, and starts a block there.
template <Codec kCodec, int kSlot>
HEARTH_INLINE void scale_and_start(const PartProduct<kCodec>& product, int64_t block,
                                   const PartProduct<kCodec>& started, int64_t started_block,
                                   Sums (*sums)[products<kCodec>()], RowsF32 (&totals)[kColumns]) {
  scale_sums<kCodec>(product, block + kSlot, sums[kSlot], totals);
  start_product<kCodec, kSlot>(started, started_block + kSlot, sums[kSlot]);
}
#undef HEARTH_INLINE

/// Adds the products of `num_blocks` blocks. The first four are under way; every other one is started four
/// blocks ahead, the last four being the first of `next`. No branches between: a wrong guess costs as much as
/// a block.
template <Codec kCodec>
void add_part(const PartProduct<kCodec>& product, const PartProduct<kCodec>& next, int64_t num_blocks,
              Sums (*sums)[products<kCodec>()], Totals& so_far) {
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
  alignas(64) Sums sums[products<kCodec>()];
  RowsF32 totals[kColumns];
  for (int c = 0; c < kColumns; ++c) totals[c] = rows_load(so_far[c]);
  for (int64_t block = 0; block < num_blocks; ++block) {
    start_product<kCodec, 0>(product, block, sums);
    scale_sums<kCodec>(product, block, sums, totals);
  }
  for (int c = 0; c < kColumns; ++c) rows_store(so_far[c], totals[c]);
}

/// Asks for the lines that a panel's sums of a tile go to: they lie far apart, and out of the caches.
inline void prefetch_outputs(const ProductArgs& args, const ProductTile& tile, int64_t panel) {
  const float* out = tile.out + panel * kPanelRows;
  for (int c = 0; c < tile.in.width; ++c) prefetch_line(out + c * args.out_stride);
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
  const bool last = block + num_blocks == open.args.k / kBlock;
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
  alignas(64) Sums sums[kSlots + 1][products<kCodec>()];
  start_product<kCodec, 0>(product, 0, sums[0]);
  start_product<kCodec, 1>(product, 1, sums[1]);
  start_product<kCodec, 2>(product, 2, sums[2]);
  start_product<kCodec, 3>(product, 3, sums[3]);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t tile = i / open.num_panels, panel = i % open.num_panels;
    const PartProduct<kCodec> next = i + 1 < count ? product_at(i + 1) : product;
    if (last) prefetch_outputs(open.args, open.tiles[tile], open.first_panel + panel);
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
