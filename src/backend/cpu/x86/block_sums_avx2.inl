// How the sums of a block's values are kept for products in words of 16 bits. `halves` are the sums of its
// two halves.

#ifdef __AVXVNNI__
/// What a zero point of 8 adds to an accumulator, of the block and of its second half.
inline void put_starts(const F32 (&)[2], const int32_t (&halves)[2], int width, int32_t* starts) {
  starts[0] = -8 * (halves[0] + halves[1]);
  starts[width] = -8 * halves[1];
}
#else
/// The sums of every fourth of 16 whole numbers.
inline __m128i quarter_sums(F32 x) {
  const __m256 eight = _mm256_add_ps(x.a, x.b);
  return _mm_cvtps_epi32(_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1)));
}

/// What a zero point of 8 adds to the two words that sum a row's products: of the inputs 0 and 1 of every
/// group, and of 2 and 3. Of the block and of its second half.
inline void put_starts(const F32 (&parts)[2], const int32_t (&)[2], int width, int32_t* starts) {
  const __m128i halves = _mm_hadd_epi32(quarter_sums(parts[0]), quarter_sums(parts[1]));
  const __m128i second = _mm_srli_si128(halves, 8);
  const __m128i both = _mm_unpacklo_epi64(_mm_add_epi32(halves, second), second);
  const __m128i numbers = _mm_sub_epi32(_mm_setzero_si128(), _mm_slli_epi32(both, 3));
  const __m128i words = _mm_packs_epi32(numbers, numbers);
  starts[0] = _mm_cvtsi128_si32(words);
  starts[width] = _mm_extract_epi32(words, 1);
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
