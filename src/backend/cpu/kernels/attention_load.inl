// How the elements of a KV cache become lanes.

constexpr float kInfinity = __builtin_inff();

// Sums of 16 lanes that fit the registers beside their operands. The sixteen half-width ones of AVX2 hold
// six, which keep twelve multiply-adds under way; eight are fewer than two units with four cycles of latency
// are good for.
constexpr bool kNarrow = kStepRows == 8;
constexpr int kSums = kNarrow ? 6 : kStepRows == 16 && kTileWidth >= 8 ? 16 : 4;
constexpr int kMostQueries = kNarrow ? 6 : kSums / 2;

/// Keeps what is loaded from being loaded early, where a tile leaves four registers for its operands.
template <int kTileSums>
inline void keep_order() {
  if constexpr (kNarrow && kTileSums == kSums) asm volatile("" ::: "memory");
}

/// Asks for memory line by line while other work goes on.
struct Ahead {
  const uint8_t* at = nullptr;
  const uint8_t* end = nullptr;

  void touch(int lines) {
    for (; lines > 0 && at < end; --lines, at += 64) __builtin_prefetch(at);
  }
};

/// The next smaller number of queries that a tile carries.
constexpr int fewer_queries(int count) {
  if (count == 6 || (count == 4 && !kNarrow)) return 3;
  return count == 3 ? 2 : count / 2;
}

/// Calls body with a compile-time count of at most kMost queries, until `count` are done. A lone query takes
/// as long as two, so none is left over where smaller tiles come out even.
template <int kMost, class Body>
inline void by_query_groups(int count, Body body, int done = 0) {
  constexpr bool kEvenOut = kMost > 2 && kMost < 8;
  for (; count - done >= kMost && !(kEvenOut && count - done == kMost + 1); done += kMost) {
    body.template operator()<kMost>(done);
  }
  if constexpr (kMost > 1) by_query_groups<fewer_queries(kMost)>(count, body, done);
}

template <KvCodec>
struct FloatLanes {
  using Element = float;
  static F32 load_lanes(const float* p) { return load(p); }
};
template <>
struct FloatLanes<KvCodec::kF16> {
  using Element = uint16_t;
  static F32 load_lanes(const uint16_t* p) { return load_half(p); }
};
template <>
struct FloatLanes<KvCodec::kBf16> {
  using Element = uint16_t;
  static F32 load_lanes(const uint16_t* p) { return load_bf16(p); }
};

/// 16 signed bytes as floats.
inline F32 load_quants(const uint8_t* p) {
  alignas(64) float lanes[16];
  for (int i = 0; i < 16; i += kStepRows) rows_store(lanes + i, rows_to_float(rows_load_signed(p + i)));
  return load(lanes);
}
/// The codes of Q4_0 in the low (shift 0) or high (4) halves of 16 bytes, less 8.
inline F32 load_codes(const uint8_t* p, int shift) {
  alignas(64) float lanes[16];
  for (int i = 0; i < 16; i += kStepRows) {
    rows_store(lanes + i, rows_to_float(rows_minus(rows_bits(rows_load_bytes(p + i), shift, 15), 8)));
  }
  return load(lanes);
}

/// The values of one block, dimensions [dim, dim + 16 * kDims) of each token; kDims > 1 begins at a group.
template <KvCodec kCodec, int kDims>
struct BlockValues {
  using Lanes = FloatLanes<kCodec>;
  const typename Lanes::Element* rows;
  int stride;

  BlockValues(const uint8_t* at, int value_dim, int dim)
      : rows(reinterpret_cast<const typename Lanes::Element*>(at) + dim), stride(value_dim) {}
  F32 lanes(int token, int i) const { return Lanes::load_lanes(rows + token * stride + 16 * i); }
};

template <KvCodec kCodec, int kDims>
  requires(is_quantized(kCodec))
struct BlockValues<kCodec, kDims> {
  static constexpr int kGroups = (kDims + 1) / 2;
  static constexpr int kGroupBytes = kCodec == KvCodec::kQ8 ? 32 : 16;
  alignas(64) float scales[kGroups][32];
  const uint8_t* quants;
  int stride, first_half;

  BlockValues(const uint8_t* at, int value_dim, int dim) {
    const int groups = value_dim / kKvGroup, first = dim / kKvGroup;
    const auto* stored = reinterpret_cast<const uint16_t*>(at) + first * 32;
    for (int g = 0; g < kGroups; ++g) {
      store(scales[g], load_half(stored + g * 32));
      store(scales[g] + 16, load_half(stored + g * 32 + 16));
    }
    quants = at + groups * 64 + first * kGroupBytes;
    stride = groups * kGroupBytes;
    first_half = kDims > 1 ? 0 : dim / 16 % 2;
  }
  F32 lanes(int token, int i) const {
    const int half = kDims > 1 ? i % 2 : first_half;
    const uint8_t* p = quants + token * stride + i / 2 * kGroupBytes;
    const F32 scale = splat(scales[i / 2][token]);
    if constexpr (kCodec == KvCodec::kQ8) return mul(load_quants(p + 16 * half), scale);
    return mul(load_codes(p, 4 * half), scale);
  }
};

template <KvCodec kCodec>
void expand_keys(const AttentionExpandArgs& args) {
  using Lanes = FloatLanes<kCodec>;
  for (int block = args.first_block; block * 32 < args.num_tokens; ++block) {
    const auto* in = reinterpret_cast<const typename Lanes::Element*>(args.blocks[block]);
    float* out = args.out + block * 32 * args.dims;
    for (int i = 0; i < args.dims * 32; i += 16) store(out + i, Lanes::load_lanes(in + i));
  }
}

template <KvCodec kCodec>
void expand_values(const AttentionExpandArgs& args) {
  for (int block = args.first_block; block * 32 < args.num_tokens; ++block) {
    const int left = args.num_tokens - block * 32;
    for (int dim = 0; dim < args.dims; dim += 16) {
      const BlockValues<kCodec, 1> values(args.blocks[block], args.dims, dim);
      float* out = args.out + block * 32 * args.dims + dim;
      for (int t = 0; t < 32 && t < left; ++t) store(out + t * args.dims, values.lanes(t, 0));
    }
  }
}

void attention_expand(const AttentionExpandArgs& args) {
  switch (args.codec) {
    case KvCodec::kF16:
      return args.is_keys ? expand_keys<KvCodec::kF16>(args) : expand_values<KvCodec::kF16>(args);
    case KvCodec::kBf16:
      return args.is_keys ? expand_keys<KvCodec::kBf16>(args) : expand_values<KvCodec::kBf16>(args);
    case KvCodec::kQ8:
      return expand_values<KvCodec::kQ8>(args);
    case KvCodec::kQ4:
      return expand_values<KvCodec::kQ4>(args);
    case KvCodec::kF32:
      return;
  }
}
