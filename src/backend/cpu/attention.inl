// Attention of a tile of queries over one chunk of positions. Lanes are positions in the scores and value
// dimensions in the sums, so no sum crosses lanes; each query's chain is its own, whatever shares its tile.

constexpr float kInfinity = __builtin_inff();

struct HalfCache {
  using Element = uint16_t;
  static F32 load_lanes(const uint16_t* p) { return load_half(p); }
};
struct FloatCache {
  using Element = float;
  static F32 load_lanes(const float* p) { return load(p); }
};

/// scores[query][0, 32) = query . key for one block of keys, [key_dim][32].
template <class Cache, int kQueries>
inline void score_block(const float* const* queries, const typename Cache::Element* keys, int key_dim,
                        float* scores) {
  F32 low[kQueries], high[kQueries];
  for (int q = 0; q < kQueries; ++q) low[q] = high[q] = splat(0.0f);
  for (int d = 0; d < key_dim; ++d) {
    const F32 k0 = Cache::load_lanes(keys + d * 32), k1 = Cache::load_lanes(keys + d * 32 + 16);
    for (int q = 0; q < kQueries; ++q) {
      const F32 x = splat(queries[q][d]);
      low[q] = fma(x, k0, low[q]);
      high[q] = fma(x, k1, high[q]);
    }
  }
  for (int q = 0; q < kQueries; ++q) {
    store(scores + q * kAttentionChunk, low[q]);
    store(scores + q * kAttentionChunk + 16, high[q]);
  }
}

/// Calls body with a compile-time count for 4, 2, then 1 queries until `count` are done.
template <class Body>
inline void by_query_groups(int count, Body body) {
  int done = 0;
  if constexpr (kTileWidth >= 8) {
    for (; count - done >= 8; done += 8) body.template operator()<8>(done);
  }
  if constexpr (kTileWidth >= 4) {
    for (; count - done >= 4; done += 4) body.template operator()<4>(done);
  }
  for (; count - done >= 2; done += 2) body.template operator()<2>(done);
  for (; done < count; ++done) body.template operator()<1>(done);
}

/// out[query][d0 .. d0 + 16) = sum over positions of weight * value, in order of position.
template <class Cache, int kQueries>
inline void weigh_values(const AttentionChunkArgs& args, const float* weights, int query, int dim,
                         int first_block, int last_block) {
  F32 sums[kQueries];
  for (auto& sum : sums) sum = splat(0.0f);
  for (int block = first_block; block < last_block; ++block) {
    const int index = args.chunk_begin / 32 + block;
    const auto* values = reinterpret_cast<const typename Cache::Element*>(
        args.base + size_t(args.block_table[index]) * args.block_stride + args.value_offset);
    const int left = args.chunk_end - args.chunk_begin - block * 32;
    const int tokens = left < 32 ? left : 32;
    for (int t = 0; t < tokens; ++t) {
      const F32 v = Cache::load_lanes(values + t * args.value_dim + dim);
      for (int q = 0; q < kQueries; ++q) {
        sums[q] = fma(splat(weights[(query + q) * kAttentionChunk + block * 32 + t]), v, sums[q]);
      }
    }
  }
  for (int q = 0; q < kQueries; ++q) store(args.out + (query + q) * args.value_dim + dim, sums[q]);
}

/// Turns one query's scores of a chunk into weights exp(score - highest); invisible positions weigh nothing.
inline void softmax_chunk(const AttentionChunkArgs& args, int query) {
  float* scores = args.scratch + query * kAttentionChunk;
  const int begin = args.first_visible[query] - args.chunk_begin,
            end = args.last_visible[query] - args.chunk_begin;
  const int padded = (args.chunk_end - args.chunk_begin + 31) / 32 * 32;
  F32 highest = splat(-kInfinity);
  for (int i = 0; i < padded; i += 16) {
    F32 x = mul(load(scores + i), splat(args.scale));
    if (args.softcap > 0.0f) x = mul(tanh(mul(x, splat(1.0f / args.softcap))), splat(args.softcap));
    store(scores + i, x);
    if (i < begin || i + 15 > end) {
      for (int lane = i; lane < i + 16; ++lane) {
        if (lane < begin || lane > end) scores[lane] = -kInfinity;
      }
      x = load(scores + i);
    }
    highest = max(highest, x);
  }
  const float top = max_lanes(highest);
  args.highest[query] = top;
  if (top == -kInfinity) {
    __builtin_memset(scores, 0, size_t(padded) * sizeof(float));
    args.total[query] = 0.0f;
    return;
  }
  F32 total = splat(0.0f);
  for (int i = 0; i < padded; i += 16) {
    F32 weight = exp(sub(load(scores + i), splat(top)));
    store(scores + i, weight);
    if (i < begin || i + 15 > end) {
      for (int lane = i; lane < i + 16; ++lane) {
        if (lane < begin || lane > end) scores[lane] = 0.0f;
      }
      weight = load(scores + i);
    }
    total = add(total, weight);
  }
  args.total[query] = sum_lanes(total);
}

template <class Cache>
void attend(const AttentionChunkArgs& args) {
  int lowest = args.first_visible[0];
  for (int q = 1; q < args.num_queries; ++q) {
    if (args.first_visible[q] < lowest) lowest = args.first_visible[q];
  }
  const int skipped = lowest > args.chunk_begin ? (lowest - args.chunk_begin) / 32 : 0;
  const int blocks = (args.chunk_end - args.chunk_begin + 31) / 32;
  for (int block = skipped; block < blocks; ++block) {
    const int index = args.chunk_begin / 32 + block;
    const auto* keys = reinterpret_cast<const typename Cache::Element*>(
        args.base + size_t(args.block_table[index]) * args.block_stride + args.key_offset);
    by_query_groups(args.num_queries, [&]<int kQueries>(int query) {
      score_block<Cache, kQueries>(args.queries + query, keys, args.key_dim,
                                   args.scratch + query * kAttentionChunk + block * 32);
    });
  }
  for (int q = 0; q < args.num_queries; ++q) softmax_chunk(args, q);
  for (int dim = 0; dim < args.value_dim; dim += 16) {
    by_query_groups(args.num_queries, [&]<int kQueries>(int query) {
      weigh_values<Cache, kQueries>(args, args.scratch, query, dim, skipped, blocks);
    });
  }
}

void attention_chunk(const AttentionChunkArgs& args) {
  if (args.half) {
    attend<HalfCache>(args);
  } else {
    attend<FloatCache>(args);
  }
}

void attention_merge(int value_dim, float chunk_highest, float chunk_total, const float* chunk_out,
                     float* highest, float* total, float* out) {
  if (chunk_highest == -kInfinity) return;
  if (*highest == -kInfinity) {
    *highest = chunk_highest;
    *total = chunk_total;
    __builtin_memcpy(out, chunk_out, size_t(value_dim) * sizeof(float));
    return;
  }
  const float top = chunk_highest > *highest ? chunk_highest : *highest;
  alignas(64) float factors[16];
  store(factors, exp(sub(load_part(highest, 1), splat(top))));
  const float keep = factors[0];
  store(factors, exp(splat(chunk_highest - top)));
  const float take = factors[0];
  *highest = top;
  *total = __builtin_fmaf(*total, keep, chunk_total * take);
  for (int d = 0; d < value_dim; d += 16) {
    store(out + d, fma(load(out + d), splat(keep), mul(load(chunk_out + d), splat(take))));
  }
}
