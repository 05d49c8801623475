// Scores: queries times keys. A lane is a token.

/// scores[query][0, 32) = query . key for one block of keys of floats, [key_dim][32].
template <KvCodec kCodec, int kQueries>
inline void score_floats(const AttentionChunkArgs& args, int query, const uint8_t* block, float* scores,
                         Ahead& ahead) {
  using Lanes = FloatLanes<kCodec>;
  constexpr int kVectors = kQueries * 2 <= kSums ? 2 : 1;
  const auto* keys = reinterpret_cast<const typename Lanes::Element*>(block);
  const float* queries[kQueries];
  for (int q = 0; q < kQueries; ++q) queries[q] = args.queries[query + q];
  const int key_dim = args.key_dim;
  const int lines = int(sizeof(typename Lanes::Element)) / 2;
  for (int first = 0; first < 32; first += 16 * kVectors) {
    F32 sums[kQueries][kVectors];
    for (auto& row : sums) {
      for (auto& sum : row) sum = splat(0.0f);
    }
    for (int d = 0; d < key_dim; ++d) {
      ahead.touch(lines);
      for (int v = 0; v < kVectors; ++v) {
        const F32 k = Lanes::load_lanes(keys + d * 32 + first + 16 * v);
        for (int q = 0; q < kQueries; ++q) sums[q][v] = fma(splat(queries[q][d]), k, sums[q][v]);
        keep_order<kQueries * kVectors>();
      }
    }
    for (int q = 0; q < kQueries; ++q) {
      for (int v = 0; v < kVectors; ++v) store(scores + q * kAttentionChunk + first + 16 * v, sums[q][v]);
    }
  }
}

/// sums[q] += group . queries, exactly, for kStepRows tokens.
template <KvCodec kCodec, int kQueries>
inline void dot_group(RowsI32* sums, const uint8_t* lines, const int8_t* const* queries, Ahead& ahead) {
  constexpr int kLineBytes = 32 * 4;
  if constexpr (kCodec == KvCodec::kQ8) {
    for (int quad = 0; quad < 8; ++quad) {
      const Quads keys = load_quads(lines + quad * kLineBytes);
      ahead.touch(3);
      for (int q = 0; q < kQueries; ++q) sums[q] = dot_byte(sums[q], keys, queries[q] + 4 * quad);
    }
  } else {
    for (int line = 0; line < 4; ++line) {
      const Quads both = load_quads(lines + line * kLineBytes);
      const Quads low = bits<0>(both, 15), high = bits<4>(both, 15);
      ahead.touch(3);
      for (int q = 0; q < kQueries; ++q) sums[q] = dot_small(sums[q], low, queries[q] + 4 * line);
      for (int q = 0; q < kQueries; ++q) sums[q] = dot_small(sums[q], high, queries[q] + 16 + 4 * line);
    }
  }
}

/// The same for quantised keys: exact sums of products of integers, one scaling for each group.
template <KvCodec kCodec, int kQueries>
inline void score_quants(const AttentionChunkArgs& args, int query, const uint8_t* block, float* scores,
                         Ahead& ahead) {
  constexpr int kGroupBytes = kCodec == KvCodec::kQ8 ? 1024 : 512;
  // The codes' zero point enters as the start of the sums.
  constexpr int kZero = kCodec == KvCodec::kQ4 ? 8 : kSignedBytes ? 0 : 128;
  const int groups = (args.key_dim + kKvGroup - 1) / kKvGroup;
  const auto* key_scales = reinterpret_cast<const uint16_t*>(block);
  const float* scales = args.quantized.scales + query * groups;
  const int32_t* starts = args.quantized.sums + query * groups;
  for (int first = 0; first < 32; first += kStepRows) {
    RowsF32 sums[kQueries];
    for (auto& sum : sums) sum = rows_zero();
    for (int g = 0; g < groups; ++g) {
      RowsI32 dots[kQueries];
      const int8_t* quants[kQueries];
      for (int q = 0; q < kQueries; ++q) {
        dots[q] = rows_splat_int(-kZero * starts[q * groups + g]);
        quants[q] = args.quantized.quants + ((query + q) * groups + g) * kKvGroup;
      }
      dot_group<kCodec, kQueries>(dots, block + groups * 64 + g * kGroupBytes + first * 4, quants, ahead);
      const RowsF32 step = rows_load_half(key_scales + g * 32 + first);
      for (int q = 0; q < kQueries; ++q) {
        const RowsF32 factor = rows_mul(step, rows_splat(scales[q * groups + g]));
        sums[q] = rows_fma(rows_to_float(dots[q]), factor, sums[q]);
      }
    }
    for (int q = 0; q < kQueries; ++q) rows_store(scores + q * kAttentionChunk + first, sums[q]);
  }
}

template <KvCodec kCodec>
void score_chunk(const AttentionChunkArgs& args, int first_block, int last_block) {
  for (int block = first_block; block < last_block; ++block) {
    Ahead ahead;
    if (args.prefetch && block + 1 < last_block) {
      ahead = {args.keys[block + 1], args.keys[block + 1] + args.key_bytes};
    } else if (args.prefetch) {
      ahead = {args.values[first_block], args.values[first_block] + args.value_bytes};
    }
    by_query_groups<kMostQueries>(args.num_queries, [&]<int kQueries>(int query) {
      float* scores = args.scratch + query * kAttentionChunk + block * 32;
      if constexpr (is_quantized(kCodec)) {
        score_quants<kCodec, kQueries>(args, query, args.keys[block], scores, ahead);
      } else {
        score_floats<kCodec, kQueries>(args, query, args.keys[block], scores, ahead);
      }
    });
  }
}

void score_chunk(const AttentionChunkArgs& args, int first_block, int last_block) {
  switch (args.key_codec) {
    case KvCodec::kF32:
      return score_chunk<KvCodec::kF32>(args, first_block, last_block);
    case KvCodec::kF16:
      return score_chunk<KvCodec::kF16>(args, first_block, last_block);
    case KvCodec::kBf16:
      return score_chunk<KvCodec::kBf16>(args, first_block, last_block);
    case KvCodec::kQ8:
      return score_chunk<KvCodec::kQ8>(args, first_block, last_block);
    case KvCodec::kQ4:
      return score_chunk<KvCodec::kQ4>(args, first_block, last_block);
  }
}

void attention_quantize(const float* query, int groups, int8_t* quants, float* scales, int32_t* sums) {
  for (int g = 0; g < groups; ++g, query += kKvGroup, quants += kKvGroup) {
    F32 parts[2];
    scales[g] = to_whole(query, parts);
    store_bytes(quants, parts[0]);
    store_bytes(quants + 16, parts[1]);
    sums[g] = sum_whole(parts[0]) + sum_whole(parts[1]);
  }
}
