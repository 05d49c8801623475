// How the sums of a block's values are kept for products. `halves` are the sums of its two halves.

/// What a zero point of 8 adds to an accumulator, of the block and of its second half.
inline void put_starts(const F32 (&)[2], const int32_t (&halves)[2], int width, int32_t* starts) {
  starts[0] = -8 * (halves[0] + halves[1]);
  starts[width] = -8 * halves[1];
}

/// For codecs with records, what minima are multiplied by.
inline void put_sums(const int32_t (&halves)[2], int64_t, int width, float* sums) {
  sums[0] = float(halves[0] + halves[1]);
  sums[width] = float(halves[1]);
}
