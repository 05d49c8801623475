// Attention of a tile of queries over one chunk of positions. Lanes are positions in the scores and value
// dimensions in the sums, so no sum crosses lanes; each query's chain is its own, whatever shares its tile.

// clang-format off: each file builds on the ones before it
#include "backend/cpu/kernels/attention_load.inl"
#include "backend/cpu/kernels/attention_scores.inl"
#include "backend/cpu/kernels/attention_values.inl"
// clang-format on

/// Whether one of the scores [begin, end], as far as there are any, is no number.
inline bool has_nan(const float* scores, int begin, int end, int count) {
  for (int i = begin < 0 ? 0 : begin; i <= end && i < count; ++i) {
    if (scores[i] != scores[i]) return true;
  }
  return false;
}

inline F32 lane_numbers() {
  alignas(64) static constexpr float kNumbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(kNumbers);
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
    if (args.slopes != nullptr) {
      const F32 distance =
          abs(add(lane_numbers(), splat(float(args.chunk_begin + i - args.positions[query]))));
      x = sub(x, mul(splat(args.slopes[query]), distance));
    }
    store(scores + i, x);
    if (i < begin || i + 15 > end) {
      for (int lane = i; lane < i + 16; ++lane) {
        if (lane < begin || lane > end) scores[lane] = -kInfinity;
      }
      x = load(scores + i);
    }
    highest = max(highest, x);
  }
  float top = max_lanes(highest);
  // A maximum may pass over what is no number; where all is, it must not look like nothing to see.
  if (top == -kInfinity && has_nan(scores, begin, end, padded)) top = 0.0f;
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

void attention_chunk(const AttentionChunkArgs& args) {
  int lowest = args.first_visible[0];
  for (int q = 1; q < args.num_queries; ++q) {
    if (args.first_visible[q] < lowest) lowest = args.first_visible[q];
  }
  const int first_block = lowest > args.chunk_begin ? (lowest - args.chunk_begin) / 32 : 0;
  const int last_block = (args.chunk_end - args.chunk_begin + 31) / 32;
  score_chunk(args, first_block, last_block);
  for (int q = 0; q < args.num_queries; ++q) softmax_chunk(args, q);
  weigh_chunk(args, first_block, last_block);
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
