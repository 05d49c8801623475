// Dot products of a block's quants and values for all rows of a panel, in tiles that stay in the registers.
// Without VNNI, products are summed in words of 16 bits over a whole block, or over half a block where each
// half has a code of its own. Zero points are the words' start: a word begins with -zero * (the values that
// it meets), so that every partial sum is bounded by the largest quant less its zero point.

#define HEARTH_INLINE __attribute__((always_inline)) inline
#ifdef __clang__
#define HEARTH_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HEARTH_UNROLL _Pragma("GCC unroll 16")
#endif

/// The steps of rows that a tile takes side by side: all of a panel.
constexpr int kSteps = kPanelRows / kStepRows;

/// The sums of a tile: words or, with VNNI or signed quants, numbers of 32 bits.
template <int kWidth>
using TileSums = __m256i[kSteps][kWidth];

/// MXFP4's quants as `group_quants` has them are from 116 to 140, around 128: here from 0 to 24.
constexpr int kMxLeast = 116, kMxZero = 12, kMxLargest = 24;

/// How quants enter products.
struct QuantForm {
  int zero;                ///< taken off by a start of the sums, less what was taken off before
  int centre = 0;          ///< part of `zero` that has to be added again: only with it a block fits words
  bool is_signed = false;  ///< zero taken off before; their products fill words in pairs
};

template <Codec kCodec>
constexpr QuantForm quant_form() {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  if (kCodec == Codec::kLut4Mx) return {kMxZero};
  if (kWordSums && kInfo.wide) return {0, 0, true};
  if (kWordSums && kInfo.quants == QuantLayout::kNibbleBit && kInfo.zero == 0) return {16, 16};
  return {kInfo.zero};
}

/// Whether a block of the codec, or half of one with two codes, stays within words.
template <Codec kCodec>
constexpr bool fits_words() {
  constexpr QuantForm kForm = quant_form<kCodec>();
  constexpr int kLargest = kCodec == Codec::kLut4Mx ? kMxLargest : largest_quant(codec_info(kCodec).quants);
  constexpr int kFarthest = kLargest - kForm.zero > kForm.zero ? kLargest - kForm.zero : kForm.zero;
  constexpr int kInputs = kBlock / 2 / record_info(codec_info(kCodec).scales).halves;
  return kForm.is_signed || kFarthest * 127 * kInputs <= 32767;
}

/// Quants as they enter products, of quants as `group_quants` has them.
template <Codec kCodec>
HEARTH_INLINE Quads product_form(Quads quants) {
  if constexpr (kCodec == Codec::kLut4Mx) return _mm256_sub_epi8(quants, _mm256_set1_epi8(kMxLeast));
  if constexpr (quant_form<kCodec>().is_signed) return _mm256_xor_si256(quants, _mm256_set1_epi8(char(0x80)));
  return quants;
}

// Without these, the compiler turns a chain of additions into a tree and moves loads out of a step, and then
// has to spill both.
HEARTH_INLINE void keep_here(__m256i& x) { asm volatile("" : "+x"(x)); }
HEARTH_INLINE void keep_order() { asm volatile("" ::: "memory"); }

HEARTH_INLINE __m256i load_whole(const int32_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
HEARTH_INLINE void store_whole(int32_t* p, __m256i x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
}
HEARTH_INLINE void store_quads(uint8_t* p, Quads x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
/// Four bytes of any kind, eight times.
HEARTH_INLINE __m256i splat_four(const void* p) { return splat_quad(static_cast<const int8_t*>(p)); }

/// Two whole numbers of 16 bits as a pair of words.
HEARTH_INLINE __m256i word_pair(RowsI32 low, RowsI32 high) {
  return _mm256_blend_epi16(low, _mm256_slli_epi32(high, 16), 0xaa);
}

/// sum + the products of pairs of words.
HEARTH_INLINE __m256i add_word_products(__m256i sum, __m256i a, __m256i b) {
#ifdef __AVXVNNI__
  return _mm256_dpwssd_avx_epi32(sum, a, b);
#else
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
#endif
}

#ifdef __AVXVNNI__
HEARTH_INLINE __m256i shift_left(__m256i x, int n) { return _mm256_slli_epi32(x, n); }
HEARTH_INLINE __m256i shift_right(__m256i x, int n) { return _mm256_srai_epi32(x, n); }
HEARTH_INLINE __m256i add_starts(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
#else
HEARTH_INLINE __m256i shift_left(__m256i x, int n) { return _mm256_slli_epi16(x, n); }
HEARTH_INLINE __m256i shift_right(__m256i x, int n) { return _mm256_srai_epi16(x, n); }
HEARTH_INLINE __m256i add_starts(__m256i a, __m256i b) { return _mm256_add_epi16(a, b); }
#endif

/// A start for a zero point, of that for 8.
template <int kZero>
HEARTH_INLINE __m256i start_for(__m256i eight) {
  if constexpr (kZero == 4) return shift_right(eight, 1);
  if constexpr (kZero == 12) return add_starts(eight, shift_right(eight, 1));
  if constexpr (kZero == 16) return shift_left(eight, 1);
  if constexpr (kZero == 32) return shift_left(eight, 2);
  if constexpr (kZero == 128) return shift_left(eight, 4);
  static_assert(kZero == 4 || kZero == 8 || kZero == 12 || kZero == 16 || kZero == 32 || kZero == 128);
  return eight;
}

/// Begins the sums of half `kHalf` of a block, or of all of one that has one code; `starts` are the block's.
template <Codec kCodec, int kHalf, int kWidth>
HEARTH_INLINE void start_sums(const int32_t* starts, TileSums<kWidth>& sums) {
  constexpr int kZero = quant_form<kCodec>().zero;
  HEARTH_UNROLL for (int c = 0; c < kWidth; ++c) {
    __m256i start = _mm256_setzero_si256();
    if constexpr (kZero != 0) {
      constexpr bool kHalves = record_info(codec_info(kCodec).scales).halves == 2;
      start = splat_four(starts + kHalf * kWidth + c);
      if constexpr (has_records(kCodec) && !kHalves)
        start = add_starts(start, splat_four(starts + kWidth + c));
      start = start_for<kZero>(start);
    }
    HEARTH_UNROLL for (int step = 0; step < kSteps; ++step) sums[step][c] = start;
  }
}

/// What a group's quants and values add to a sum.
template <Codec kCodec>
HEARTH_INLINE __m256i add_group(__m256i sum, Quads quants, [[maybe_unused]] Quads magnitude, __m256i values,
                                [[maybe_unused]] __m256i code) {
#ifdef __AVXVNNI__
  return _mm256_dpbusd_avx_epi32(sum, quants, values);
#else
  if constexpr (quant_form<kCodec>().is_signed) {
    const __m256i products = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(values, quants));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(products, code));
  }
  return _mm256_add_epi16(sum, _mm256_maddubs_epi16(quants, values));
#endif
}

/// Where a tile finds quants and factors: packed, in the panel; packed, and it leaves them opened for the
/// tiles after it, since storing costs nothing beside products; or opened.
enum class Source { kPacked, kOpening, kOpened };

/// A block's quants in panels, and where they lie once opened: bytes in product form and, of signed ones,
/// their magnitudes, [8 groups][16 rows][4].
struct BlockLines {
  const uint8_t* packed;
  uint8_t *quants, *magnitudes;
};

/// Whether it pays to take quants apart: not where products take them as they are stored.
template <Codec kCodec>
constexpr bool opens_quants() {
  return codec_info(kCodec).quants != QuantLayout::kByte || quant_form<kCodec>().is_signed;
}

/// Quants of a step of rows of a group, and their magnitudes where they are signed.
template <Codec kCodec, Source kSource, int kGroup>
HEARTH_INLINE void take_quants(const BlockLines& lines, int step, Quads& quants, Quads& magnitudes) {
  constexpr bool kSigned = quant_form<kCodec>().is_signed;
  const int in_group = step * kStepRows * 4, at = kGroup * 64 + in_group;
  if constexpr (kSource == Source::kOpened && opens_quants<kCodec>()) {
    quants = load_quads(lines.quants + at);
    magnitudes = kSigned ? load_quads(lines.magnitudes + at) : quants;
    return;
  }
  quants = product_form<kCodec>(group_quants<kCodec, kGroup>(lines.packed + in_group));
  magnitudes = kSigned ? _mm256_abs_epi8(quants) : quants;
  if constexpr (kSource == Source::kOpening && opens_quants<kCodec>()) {
    store_quads(lines.quants + at, quants);
    if constexpr (kSigned) store_quads(lines.magnitudes + at, magnitudes);
  }
}

/// Adds groups [kGroup, kEnd) of a block to a tile's sums: groups outside, so that the columns' chains of
/// additions run side by side. `codes` is what pairs of products of signed quants are multiplied by.
template <Codec kCodec, Source kSource, int kGroup, int kEnd, int kWidth>
HEARTH_INLINE void add_groups(const BlockLines& lines, const int8_t* values, const __m256i (&codes)[kSteps],
                              TileSums<kWidth>& sums) {
  if constexpr (kGroup < kEnd) {
    Quads quants[kSteps], magnitudes[kSteps];
    HEARTH_UNROLL for (int step = 0; step < kSteps; ++step) {
      take_quants<kCodec, kSource, kGroup>(lines, step, quants[step], magnitudes[step]);
    }
    HEARTH_UNROLL for (int c = 0; c < kWidth; ++c) {
      const __m256i x = splat_four(values + (kGroup * kWidth + c) * 4);
      HEARTH_UNROLL for (int step = 0; step < kSteps; ++step) {
        __m256i& sum = sums[step][c];
        sum = add_group<kCodec>(sum, quants[step], magnitudes[step], x, codes[step]);
        keep_here(sum);
      }
    }
    keep_order();
    add_groups<kCodec, kSource, kGroup + 1, kEnd, kWidth>(lines, values, codes, sums);
  }
}

/// Whether sums of 32 bits of a block, or of half of one, fit 16, as a word to be multiplied by a code.
template <Codec kCodec>
constexpr bool sums_are_words() {
  return kCodec == Codec::kK2 || kCodec == Codec::kK3;
}

/// Adds a row's sum of a block, or of half of one, times its code to a whole number.
template <Codec kCodec>
HEARTH_INLINE __m256i add_coded(__m256i whole, __m256i sum, __m256i code) {
  if constexpr (quant_form<kCodec>().is_signed) return _mm256_add_epi32(whole, sum);
  if constexpr (!kWordSums && !sums_are_words<kCodec>())
    return _mm256_add_epi32(whole, _mm256_mullo_epi32(sum, code));
  return add_word_products(whole, sum, code);
}

/// A code as `add_coded` and `add_group` take it: for two words, for the lower one, or for a sum of 32 bits.
template <Codec kCodec>
HEARTH_INLINE __m256i code_form(__m256i code) {
  if constexpr (kWordSums) return word_pair(code, code);
  if constexpr (sums_are_words<kCodec>()) return word_pair(code, _mm256_setzero_si256());
  return code;
}
