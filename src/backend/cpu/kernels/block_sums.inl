// How the sums of a block's values are kept for products. `halves` are the sums of its two halves.

/// What a zero point of 8 adds to an accumulator: of a block.
inline void put_start(const F32 (&)[2], const int32_t (&halves)[2], int32_t* start) {
  *start = -8 * (halves[0] + halves[1]);
}
/// Of its halves.
inline void put_starts(const F32 (&)[2], const int32_t (&halves)[2], int width, int32_t* starts) {
  for (int half = 0; half < 2; ++half) starts[half * width] = -8 * halves[half];
}

/// For codecs with records, what minima are multiplied by.
inline void put_sums(const int32_t (&halves)[2], int64_t, int width, float* sums) {
  sums[0] = float(halves[0] + halves[1]);
  sums[width] = float(halves[1]);
}
