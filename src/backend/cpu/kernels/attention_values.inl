// Sums of values by their weights. A lane is a dimension.

/// out[query][dim .. dim + 16 * kDims) = sum over positions of weight * value, in order of position.
template <KvCodec kCodec, int kQueries, int kDims>
inline void weigh_dims(const AttentionChunkArgs& args, int query, int dim, int first_block, int last_block) {
  F32 sums[kQueries][kDims];
  for (auto& row : sums) {
    for (auto& sum : row) sum = splat(0.0f);
  }
  const int lines = int((args.value_bytes / 64 + 31) / 32);
  for (int block = first_block; block < last_block; ++block) {
    Ahead ahead;
    if (args.prefetch && block + 1 < last_block) {
      ahead = {args.values[block + 1], args.values[block + 1] + args.value_bytes};
    } else if (args.prefetch && args.next_keys != nullptr) {
      ahead = {args.next_keys, args.next_keys + args.key_bytes};
    }
    const BlockValues<kCodec, kDims> values(args.values[block], args.value_dim, dim);
    const float* weights = args.scratch + query * kAttentionChunk + block * 32;
    const int left = args.chunk_end - args.chunk_begin - block * 32;
    const int tokens = left < 32 ? left : 32;
    for (int t = 0; t < tokens; ++t) {
      if (query == 0 && dim == 0) ahead.touch(lines);
      for (int i = 0; i < kDims; ++i) {
        const F32 v = values.lanes(t, i);
        for (int q = 0; q < kQueries; ++q)
          sums[q][i] = fma(splat(weights[q * kAttentionChunk + t]), v, sums[q][i]);
        keep_order<kQueries * kDims>();
      }
    }
  }
  for (int q = 0; q < kQueries; ++q) {
    for (int i = 0; i < kDims; ++i) store(args.out + (query + q) * args.value_dim + dim + 16 * i, sums[q][i]);
  }
}

/// Dimensions from `dim` on, as many side by side as the registers hold.
template <KvCodec kCodec, int kQueries, int kDims>
inline void weigh_queries(const AttentionChunkArgs& args, int query, int dim, int first_block,
                          int last_block) {
  for (; args.value_dim - dim >= 16 * kDims; dim += 16 * kDims) {
    weigh_dims<kCodec, kQueries, kDims>(args, query, dim, first_block, last_block);
  }
  if constexpr (kDims > 1)
    weigh_queries<kCodec, kQueries, kDims / 2>(args, query, dim, first_block, last_block);
}

template <KvCodec kCodec>
void weigh_chunk(const AttentionChunkArgs& args, int first_block, int last_block) {
  by_query_groups<kMostQueries>(args.num_queries, [&]<int kQueries>(int query) {
    constexpr int kDims = kSums / kQueries >= 4 ? 4 : kSums / kQueries >= 2 ? 2 : 1;
    weigh_queries<kCodec, kQueries, kDims>(args, query, 0, first_block, last_block);
  });
}

void weigh_chunk(const AttentionChunkArgs& args, int first_block, int last_block) {
  switch (args.value_codec) {
    case KvCodec::kF32:
      return weigh_chunk<KvCodec::kF32>(args, first_block, last_block);
    case KvCodec::kF16:
      return weigh_chunk<KvCodec::kF16>(args, first_block, last_block);
    case KvCodec::kBf16:
      return weigh_chunk<KvCodec::kBf16>(args, first_block, last_block);
    case KvCodec::kQ8:
      return weigh_chunk<KvCodec::kQ8>(args, first_block, last_block);
    case KvCodec::kQ4:
      return weigh_chunk<KvCodec::kQ4>(args, first_block, last_block);
  }
}
