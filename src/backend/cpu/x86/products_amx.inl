// Which way a product goes: whole tiles together, a lone one as a stream, narrow ones by vectors.

/// Most tiles that go one after the other, each as a stream over panels that the one before it left in the
/// cache.
constexpr int64_t kMostStreams = 3;
constexpr size_t kStreamBytes = size_t(256) << 10;

template <Codec kCodec>
void configure_tiles(int columns) {
  constexpr int kInputs = has_records(kCodec) ? kTileInputs : kBlock;
  tile_configure(columns, kInputs, kInputs / 4);
}

template <Codec kCodec>
void one_stream(const ProductArgs& args, const ProductTile& tile) {
  configure_tiles<kCodec>(tile.in.width);
  if constexpr (has_records(kCodec)) {
    record_stream<kCodec>(args, tile);
  } else {
    product_stream<kCodec>(args, tile);
  }
}

/// Whole tiles by at most kPanelsAtOnce panels.
template <Codec kCodec>
void many_panels(const ProductArgs& args, int64_t panel, const ProductTile* tiles, int64_t num_tiles) {
  const int64_t num_panels = at_most(args.last_panel - panel, kPanelsAtOnce);
  if constexpr (has_records(kCodec)) {
    RecordPanels<kCodec>(args, panel, num_panels, tiles, num_tiles).run();
  } else {
    product_panels<kCodec>(args, panel, num_panels, tiles, num_tiles);
  }
}

template <Codec kCodec>
void product_streams(const ProductArgs& args, int64_t num_tiles) {
  const int64_t at_once = num_tiles == 1 ? args.last_panel - args.first_panel
                                         : 1 + int64_t(kStreamBytes / args.slice->panel_bytes);
  ProductArgs some = args;
  for (int64_t panel = args.first_panel; panel < args.last_panel; panel += at_once) {
    some.first_panel = panel;
    some.last_panel = panel + at_most(args.last_panel - panel, at_once);
    for (int64_t tile = 0; tile < num_tiles; ++tile) one_stream<kCodec>(some, args.tiles[tile]);
  }
}

template <Codec kCodec>
void product_tiles(const ProductArgs& args) {
  int64_t full = 0, num_tiles = 0;
  while (full < args.num_tiles && args.tiles[full].in.width == kColumns) ++full;
  num_tiles = full;
  while (num_tiles < args.num_tiles && args.tiles[num_tiles].in.by_column) ++num_tiles;
  ProductArgs rest = args;
  const auto skip = [&](int64_t count) {
    rest.tiles += count;
    rest.num_tiles -= count;
    num_tiles -= count;
  };
  if (num_tiles > kMostStreams) {
    configure_tiles<kCodec>(kColumns);
    for (int64_t tile = 0; tile < full; tile += kTilesAtOnce) {
      for (int64_t panel = args.first_panel; panel < args.last_panel; panel += kPanelsAtOnce) {
        many_panels<kCodec>(args, panel, args.tiles + tile, at_most(full - tile, kTilesAtOnce));
      }
    }
    skip(full);
  }
  if (num_tiles > 0) {
    product_streams<kCodec>(rest, num_tiles);
    skip(num_tiles);
  }
  if (rest.tiles != args.tiles) tile_release();
  if (rest.num_tiles > 0) avx512_kernels().product[int(kCodec)](rest);
}

/// Weights of single precision and of 8-bit floats, which the unit has no use for.
template <class C>
void product_singles(const ProductArgs& args) {
  for (int64_t panel = args.first_panel; panel < args.last_panel; ++panel) {
    for (const ProductTile* tile = args.tiles; tile != args.tiles + args.num_tiles; ++tile) {
      for (int column = 0; column < tile->in.width;) {
        int width = kColumns;
        while (width > tile->in.width - column) width /= 2;
        if (width == kColumns) {
          product_float_panel<C, kColumns>(args, *tile, panel);
        } else {
          by_width(width, [&]<int kWidth>() { product_float_panel<C, kWidth>(args, *tile, panel, column); });
        }
        column += width;
      }
    }
  }
}
