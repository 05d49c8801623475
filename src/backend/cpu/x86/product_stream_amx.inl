// Products of a lone tile of up to 16 columns by the matrix unit: the weights are a stream out of memory, so
// they are opened once, block by block, ahead of the unit, which is ahead of the scaling of its sums. The
// stream runs on across panels; only its end drains. The bits are those of product.inl.

/// Narrowest tile that the unit is quicker with than vectors are.
constexpr int kNarrowest = 5;

/// A block between its stages.
template <int kWidth>
struct StreamSlot {
  alignas(64) int8_t quants[kBlockBytes];
  alignas(64) int32_t sums[kWidth][kPanelRows];
  RowScales scales;
};

/// Where in a run of panels a stage is.
struct StreamPlace {
  int64_t panel, block = 0;

  void advance(int64_t blocks) {
    if (++block == blocks) block = 0, ++panel;
  }
};

/// kWidth: room for the tile's columns. Those past the last are computed of whatever is there, and dropped.
template <Codec kCodec, int kWidth>
class ProductStream {
 public:
  ProductStream(const ProductArgs& args, const ProductTile& tile)
      : args_(args),
        tile_(tile),
        columns_(tile.in.width),
        blocks_(args.k / kBlock),
        ahead_(blocks_ahead<kCodec>(blocks_)),
        opening_{args.first_panel},
        starting_{args.first_panel},
        scaling_{args.first_panel} {}

  void run() {
    RowsF32 totals[kWidth];
    clear(totals);
    total_ = (args_.last_panel - args_.first_panel) * blocks_;
    for (int64_t i = -kOpenAhead; i < total_; i += 2) {
      step<0>(i, totals);
      step<1>(i + 1, totals);
    }
  }

 private:
  static constexpr CodecInfo kInfo = codec_info(kCodec);
  static constexpr int kSlots = 8;
  static constexpr int64_t kStartAhead = 2, kOpenAhead = 4;
  static constexpr size_t kQuantBytes = quant_lines(kInfo.quants) * 64;

  // The sums stay in registers only where everything is in one function.
  using Columns = RowsF32[kWidth];
#define HEARTH_INLINE __attribute__((always_inline))

  /// Block i is scaled while later ones are started and opened. Alternate blocks take alternate registers.
  template <int kPair>
  HEARTH_INLINE void step(int64_t i, Columns& totals) {
    if (i + kOpenAhead < total_) open(i + kOpenAhead);
    if (i + kStartAhead >= 0 && i + kStartAhead < total_) start<kPair>(i + kStartAhead);
    if (i >= 0 && i < total_) scale(i, totals);
  }

  HEARTH_INLINE void open(int64_t i) {
    auto& slot = slots_[i % kSlots];
    const uint8_t* base = args_.slice->panels + size_t(opening_.panel) * args_.slice->panel_bytes;
    const uint8_t* lines = base + size_t(opening_.block) * kQuantBytes;
    const uint8_t* record =
        base + size_t(blocks_) * kQuantBytes + size_t(opening_.block) * record_info(kInfo.scales).bytes;
    prefetch_block<kCodec>(lines, record, opening_.block, blocks_, ahead_, args_.slice->panel_bytes);
    slot.scales = load_scales<kInfo.scales>(record, 0);
    open_quants<kCodec>(lines, slot.quants);
    opening_.advance(blocks_);
  }

  template <int kPair>
  HEARTH_INLINE void start(int64_t i) {
    auto& slot = slots_[i % kSlots];
    start_block<kPair>(tile_.in.values + starting_.block * kBlock * columns_, slot.quants, slot.sums);
    starting_.advance(blocks_);
  }

  HEARTH_INLINE void scale(int64_t i, Columns& totals) {
    const auto& slot = slots_[i % kSlots];
    add_scaled<kCodec>(slot.scales, tile_.in, columns_, scaling_.block, slot.sums, totals);
    if (scaling_.block + 1 == blocks_) finish_panel(totals);
    scaling_.advance(blocks_);
  }

  HEARTH_INLINE void finish_panel(Columns& totals) {
    alignas(64) float sums[kWidth][kPanelRows];
    for (int c = 0; c < kWidth; ++c) rows_store(sums[c], totals[c]);
    clear(totals);
    store_tile(args_, tile_, scaling_.panel, sums);
  }

  HEARTH_INLINE static void clear(Columns& totals) {
    for (RowsF32& total : totals) total = rows_zero();
  }
#undef HEARTH_INLINE

  const ProductArgs& args_;
  const ProductTile& tile_;
  const int64_t columns_, blocks_, ahead_;
  int64_t total_ = 0;  ///< blocks of all panels
  StreamPlace opening_, starting_, scaling_;
  StreamSlot<kWidth> slots_[kSlots];
};

template <Codec kCodec>
void product_stream(const ProductArgs& args, const ProductTile& tile) {
  if (tile.in.width > 8) {
    ProductStream<kCodec, kColumns>(args, tile).run();
  } else {
    ProductStream<kCodec, 8>(args, tile).run();
  }
}
