// The table that the rest of the backend calls through.

constexpr Kernels kKernels = {
    .tile_width = kTileWidth,
    .rms_norm = rms_norm,
    .gate = gate,
    .quantize = quantize,
    .product = {product<FloatF32>, product<FloatF16>, product<FloatBf16>, product<U4>, product<U4Min>, product<U8>},
    .attention_chunk = attention_chunk,
    .attention_merge = attention_merge,
    .scale = scale,
};
