// How the sums of a block's values are kept for products in words of 16 bits. `halves` are the sums of its
// two halves.

#ifdef __AVXVNNI__
/// What a zero point of 8 adds to an accumulator: of a block.
inline void put_start(const F32 (&)[2], const int32_t (&halves)[2], int32_t* start) {
  *start = -8 * (halves[0] + halves[1]);
}
/// Of its halves.
inline void put_starts(const F32 (&)[2], const int32_t (&halves)[2], int width, int32_t* starts) {
  for (int half = 0; half < 2; ++half) starts[half * width] = -8 * halves[half];
}
#else
/// Of each half of a block, what a zero point of 8 adds to the two words that sum a row's products: of the
/// inputs 0 and 1 of every group, and of 2 and 3. [2 halves][2 words], twice.
inline __m128i word_starts(const F32 (&parts)[2]) {
  const auto quarters = [](F32 x) {
    const __m256 eight = _mm256_add_ps(x.a, x.b);
    return _mm_cvtps_epi32(_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1)));
  };
  const __m128i words = _mm_hadd_epi32(quarters(parts[0]), quarters(parts[1]));
  const __m128i starts = _mm_sub_epi32(_mm_setzero_si128(), _mm_slli_epi32(words, 3));
  return _mm_packs_epi32(starts, starts);
}

inline void put_start(const F32 (&parts)[2], const int32_t (&)[2], int32_t* start) {
  const __m128i halves = word_starts(parts);
  *start = _mm_cvtsi128_si32(_mm_add_epi16(halves, _mm_srli_si128(halves, 4)));
}
inline void put_starts(const F32 (&parts)[2], const int32_t (&)[2], int width, int32_t* starts) {
  const __m128i halves = word_starts(parts);
  starts[0] = _mm_cvtsi128_si32(halves);
  starts[width] = _mm_extract_epi32(halves, 1);
}
#endif

/// For codecs with records, what pairs of minima are multiplied by, two words each: the sums of two blocks,
/// with the first of them, and the sums of a block and of its second half.
inline void put_sums(const int32_t (&halves)[2], int64_t block, int width, float* sums) {
  const int16_t both[2] = {int16_t(halves[0] + halves[1]), int16_t(halves[1])};
  __builtin_memcpy(sums + width, both, sizeof both);
  const int64_t odd = block % 2;
  auto* pair = reinterpret_cast<char*>(sums - odd * 2 * width) + odd * sizeof(int16_t);
  __builtin_memcpy(pair, both, sizeof(int16_t));
}
