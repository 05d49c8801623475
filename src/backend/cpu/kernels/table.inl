// The table that the rest of the backend calls through.

constexpr Kernels kKernels = {
    .tile_width = kTileWidth,
    .even_tiles = 0,
    .matrix_width = kTileWidth + 1,
    .lone_record_width = 0,
    .rms_norm = rms_norm,
    .gate = gate,
    .quantize = quantize,
    .quantize_records = quantize_records,
    .split_halves = nullptr,
    .product = {product_float<FloatF32>, product_float<FloatF16>, product_float<FloatBf16>,
                product<Codec::kU4>, product<Codec::kU4Min>, product<Codec::kU5>, product<Codec::kU5Min>,
                product<Codec::kU8>, product<Codec::kLut4>, product<Codec::kLut4Mx>, product<Codec::kLut4K>,
                product<Codec::kK2>, product<Codec::kK3>, product<Codec::kK4>, product<Codec::kK5>,
                product<Codec::kK6>},
    .attention_chunk = attention_chunk,
    .attention_expand = attention_expand,
    .attention_quantize = attention_quantize,
    .attention_merge = attention_merge,
    .scale = scale,
};
