// Which way a product goes: whole tiles together, a lone one as a stream, narrow ones by vectors.

template <Codec kCodec>
void product_tiles(const ProductArgs& args) {
  const int64_t full = num_full_tiles(args);
  int64_t done = 0;
  if (full > 1) {
    configure_tiles<record_info(codec_info(kCodec).scales).halves>();
    for (; done < full; done += kTilesAtOnce) {
      for (int64_t panel = args.first_panel; panel < args.last_panel; panel += kPanelsAtOnce) {
        product_panels<kCodec>(args, panel, at_most(args.last_panel - panel, kPanelsAtOnce),
                               args.tiles + done, at_most(full - done, kTilesAtOnce));
      }
    }
    done = full;
  }
  for (; done < args.num_tiles && args.tiles[done].in.width >= kNarrowest; ++done)
    product_stream<kCodec>(args, args.tiles[done]);
  if (done > 0) tile_release();
  product_rest(args, done, kCodec);
}

/// Weights of single precision, which the unit has no use for.
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
