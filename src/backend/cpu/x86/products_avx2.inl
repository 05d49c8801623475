// Products of quantised weights: panels, in parts, and the tiles of columns that pass over each part.

/// How many columns pass over a part at once: their totals share the first cache with it.
constexpr int64_t kColumnsAtOnce = 128;

/// Panels that at most kColumnsAtOnce columns pass over.
template <Codec kCodec, bool kOpened>
class PanelPass {
 public:
  PanelPass(const ProductArgs& args, const ProductTile* tiles, int64_t num_tiles)
      : args_(args), tiles_(tiles), num_tiles_(num_tiles) {}

  void run() {
    for (int64_t panel = args_.first_panel; panel < args_.last_panel; ++panel) {
      sum_panel(args_.slice->panels + size_t(panel) * args_.slice->panel_bytes);
      store_panel(panel);
    }
  }

 private:
  void sum_panel(const uint8_t* base) {
    const int64_t blocks = args_.k / kBlock;
    // Where quants stay packed, a record at a time, so that it is asked for in time; and where nothing is
    // opened, a tile passes over the whole panel.
    const int64_t at_once = kOpened ? kPartBlocks : has_records(kCodec) ? kRecordBlocks : blocks;
    __builtin_memset(totals_, 0, size_t(num_columns()) * sizeof totals_[0]);
    for (int64_t first = 0; first < blocks; first += at_once) {
      const int64_t count = at_once < blocks - first ? at_once : blocks - first;
      if constexpr (has_records(kCodec)) open_records<kCodec>(base, blocks, first, count, open_);
      float* totals = totals_[0];
      for (int64_t tile = 0; tile < num_tiles_; ++tile) {
        const ActivationTile& in = tiles_[tile].in;
        const PanelPart<kCodec> part{base, blocks,    args_.slice->panel_bytes, first, count, open_,
                                     tile, num_tiles_};
        if constexpr (!kOpened) {
          add_part<Source::kPacked>(part, in, totals);
        } else if (tile == 0) {
          add_part<Source::kOpening>(part, in, totals);
        } else {
          add_part<Source::kOpened>(part, in, totals);
        }
        totals += in.width * kPanelRows;
      }
    }
  }

  template <Source kSource>
  static void add_part(const PanelPart<kCodec>& part, const ActivationTile& in, float* totals) {
    by_width(in.width, [&]<int kWidth>() {
      if constexpr (has_records(kCodec)) {
        add_records<kCodec, kSource, kWidth>(part, in, totals);
      } else {
        add_blocks<kCodec, kSource, kWidth>(part, in, totals);
      }
    });
  }

  void store_panel(int64_t panel) const {
    const float* totals = totals_[0];
    for (const ProductTile* tile = tiles_; tile != tiles_ + num_tiles_; ++tile) {
      for (int c = 0; c < tile->in.width; ++c, totals += kPanelRows) {
        for (int step = 0; step < kPanelRows; step += kStepRows) {
          const int64_t row = panel * kPanelRows + step;
          if (row < args_.slice->num_rows) store_sums(args_, *tile, row, c, rows_load(totals + step));
        }
      }
    }
  }

  int64_t num_columns() const {
    int64_t count = 0;
    for (int64_t tile = 0; tile < num_tiles_; ++tile) count += tiles_[tile].in.width;
    return count;
  }

  const ProductArgs& args_;
  const ProductTile* tiles_;
  int64_t num_tiles_;
  OpenPart<kCodec> open_;
  alignas(64) float totals_[kColumnsAtOnce][kPanelRows];
};

template <Codec kCodec>
void product(const ProductArgs& args) {
  for (int64_t tile = 0; tile < args.num_tiles;) {
    const int64_t first = tile;
    int64_t columns = 0;
    while (tile < args.num_tiles && columns + args.tiles[tile].in.width <= kColumnsAtOnce)
      columns += args.tiles[tile++].in.width;
    if (columns > kTileWidth) {
      PanelPass<kCodec, true>(args, args.tiles + first, tile - first).run();
    } else {
      PanelPass<kCodec, false>(args, args.tiles + first, tile - first).run();
    }
  }
}

#undef HEARTH_INLINE
#undef HEARTH_UNROLL
