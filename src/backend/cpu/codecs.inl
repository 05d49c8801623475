// How a step of panel rows turns a block's stored bits into quants, one vector a group of 4 inputs, and
// scales.

inline void unpack_nibbles(const uint8_t* lines, Quads (&w)[kGroups]) {
  for (int l = 0; l < 4; ++l) {
    const Quads line = load_quads(lines + l * 64);
    w[l] = bits<0>(line, 15);
    w[l + 4] = bits<4>(line, 15);
  }
}

/// w[g] |= bit g of the line, as bit kTo.
template <int kTo, int kGroup = 0>
inline void unpack_bit(Quads line, Quads (&w)[kGroups]) {
  if constexpr (kGroup < kGroups) {
    w[kGroup] = join(w[kGroup], raise<kTo>(bits<kGroup>(line, 1)));
    unpack_bit<kTo, kGroup + 1>(line, w);
  }
}

/// w[kFirst + g] = bits 2g, 2g + 1 of the line.
template <int kFirst>
inline void unpack_two(Quads line, Quads (&w)[kGroups]) {
  w[kFirst] = bits<0>(line, 3);
  w[kFirst + 1] = bits<2>(line, 3);
  w[kFirst + 2] = bits<4>(line, 3);
  w[kFirst + 3] = bits<6>(line, 3);
}

template <Codec kCodec>
inline void unpack_quants(const uint8_t* lines, Quads (&w)[kGroups]) {
  constexpr QuantLayout kLayout = codec_info(kCodec).quants;
  if constexpr (kLayout == QuantLayout::kByte) {
    for (int g = 0; g < kGroups; ++g) w[g] = load_quads(lines + g * 64);
  } else if constexpr (kLayout == QuantLayout::kNibble) {
    unpack_nibbles(lines, w);
  } else if constexpr (kLayout == QuantLayout::kNibbleBit) {
    unpack_nibbles(lines, w);
    unpack_bit<4>(load_quads(lines + 4 * 64), w);
  } else if constexpr (kLayout == QuantLayout::kNibbleTwo) {
    unpack_nibbles(lines, w);
    Quads high[kGroups];
    unpack_two<0>(load_quads(lines + 4 * 64), high);
    unpack_two<4>(load_quads(lines + 5 * 64), high);
    for (int g = 0; g < kGroups; ++g) w[g] = join(w[g], raise<4>(high[g]));
  } else {
    unpack_two<0>(load_quads(lines), w);
    unpack_two<4>(load_quads(lines + 64), w);
    if constexpr (kLayout == QuantLayout::kTwoBit) unpack_bit<2>(load_quads(lines + 2 * 64), w);
  }
  if constexpr (kCodec == Codec::kLut4 || kCodec == Codec::kLut4K) {
    for (Quads& x : w) x = lookup(kIq4Biased.at, x);
  } else if constexpr (kCodec == Codec::kLut4Mx) {
    for (Quads& x : w) x = lookup(kMxBiased.at, x);
  }
}

/// What a step of rows multiplies the sums of a block, or of a record, by; minima are added.
struct RowScales {
  RowsF32 scale;
  RowsF32 minimum;
};

/// The whole numbers of a block under a record: what multiplies the sums of the block or of each half, and
/// what multiplies the sums of the block's values and of its second half's.
struct BlockCodes {
  RowsI32 scale[2];
  RowsF32 minimum[2];
};

inline RowsF32 half_row(const uint8_t* record, size_t offset, int row) {
  return rows_load_half(reinterpret_cast<const uint16_t*>(record + offset) + row);
}

/// `row` is the first panel row of the step.
template <ScaleLayout kLayout>
inline RowScales load_scales(const uint8_t* record, int row) {
  RowScales out;
  if constexpr (kLayout == ScaleLayout::kExponent) {
    out.scale = rows_mul(rows_exponent(rows_load_bytes(record + row)), rows_splat(0.5f));
  } else {
    out.scale = half_row(record, 0, row);
    if constexpr (record_info(kLayout).minimum) out.minimum = half_row(record, 32, row);
  }
  return out;
}

/// `sub` is the block's index in its record.
template <ScaleLayout kLayout>
inline BlockCodes load_codes(const uint8_t* record, int sub, int row) {
  BlockCodes out;
  if constexpr (kLayout == ScaleLayout::kIq4) {
    const RowsI32 low = rows_bits(rows_load_bytes(record + 32 + sub / 2 * 16 + row), sub % 2 * 4, 15);
    const RowsI32 high = rows_bits(rows_load_bytes(record + 96 + sub / 4 * 16 + row), sub % 4 * 2, 3);
    out.scale[0] = rows_minus(rows_join(low, rows_raise(high, 4)), 32);
  } else if constexpr (kLayout == ScaleLayout::kQ2) {
    const RowsI32 first = rows_load_bytes(record + 64 + sub * 32 + row);
    const RowsI32 second = rows_load_bytes(record + 64 + sub * 32 + 16 + row);
    out.scale[0] = rows_bits(first, 0, 15);
    out.scale[1] = rows_bits(second, 0, 15);
    // The block's minimum is the first half's; the second half adds what its own differs by.
    out.minimum[0] = rows_to_float(rows_bits(first, 4, 15));
    out.minimum[1] = rows_fma(out.minimum[0], rows_splat(-1.0f), rows_to_float(rows_bits(second, 4, 15)));
  } else if constexpr (kLayout == ScaleLayout::kQ3) {
    const RowsI32 low = rows_load_bytes(record + 32 + sub * 16 + row);
    const RowsI32 high = rows_load_bytes(record + 160 + sub / 2 * 16 + row);
    for (int half = 0; half < 2; ++half) {
      const RowsI32 upper = rows_raise(rows_bits(high, sub % 2 * 4 + half * 2, 3), 4);
      out.scale[half] = rows_minus(rows_join(rows_bits(low, half * 4, 15), upper), 32);
    }
  } else if constexpr (kLayout == ScaleLayout::kQ45) {
    const RowsI32 low = rows_load_bytes(record + 64 + sub * 16 + row);
    const RowsI32 high = rows_bits(rows_load_bytes(record + 192 + sub / 2 * 16 + row), sub % 2 * 4, 15);
    out.scale[0] = rows_join(rows_bits(low, 0, 15), rows_raise(rows_bits(high, 0, 3), 4));
    out.minimum[0] = rows_to_float(rows_join(rows_bits(low, 4, 15), rows_raise(rows_bits(high, 2, 3), 4)));
  } else {
    static_assert(kLayout == ScaleLayout::kQ6);
    for (int half = 0; half < 2; ++half)
      out.scale[half] = rows_load_signed(record + 32 + (sub * 2 + half) * 16 + row);
  }
  return out;
}
