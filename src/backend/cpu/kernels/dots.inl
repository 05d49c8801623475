// Dot products of a block's quants and values, in whole numbers.

/// What the quants' zero point adds to an accumulator, out of -8 * sum of the values. Exact.
template <Codec kCodec>
inline RowsI32 start_of(int32_t start) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  if constexpr (kInfo.zero == 0 || (kInfo.wide && kSignedBytes)) {
    return rows_splat_int(0);
  } else if constexpr (kInfo.zero < 8) {
    return rows_splat_int(start / (8 / kInfo.zero));
  } else {
    return rows_splat_int(start * (kInfo.zero / 8));
  }
}

/// How many groups' pairs of products add up in 16 bits.
constexpr int groups_in_words(CodecInfo info) {
  return info.wide ? 0 : 32767 / (2 * 127 * largest_quant(info.quants));
}

/// Adds the products of groups [first, last) of a block to every column's sum.
template <Codec kCodec, int kWidth, class Bytes>
inline void dot_groups(const int8_t* values, const Bytes (&w)[kGroups], int first, int last,
                       RowsI32 (&sums)[kWidth]) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr int kTogether = groups_in_words(kInfo);
  const auto value = [&](int g, int c) { return values + (g * kWidth + c) * 4; };
  if constexpr (kWordSums && kTogether > 1) {
    for (; first < last; first += kTogether) {
      RowsI32 words[kWidth];
      for (int c = 0; c < kWidth; ++c) words[c] = dot_words(w[first], value(first, c));
      for (int g = first + 1; g < last && g < first + kTogether; ++g) {
        for (int c = 0; c < kWidth; ++c) words[c] = add_words(words[c], dot_words(w[g], value(g, c)));
      }
      for (int c = 0; c < kWidth; ++c) sums[c] = add_pairs(sums[c], words[c]);
    }
  } else {
    for (int g = first; g < last; ++g) {
      for (int c = 0; c < kWidth; ++c) {
        if constexpr (kInfo.wide) {
          sums[c] = dot_byte(sums[c], w[g], value(g, c));
        } else {
          sums[c] = dot_small(sums[c], w[g], value(g, c));
        }
      }
    }
  }
}
