// How a step of panel rows turns a block's stored bits into quants, one vector a group of 4 inputs, and
// scales.

/// Bits kFrom .. of every byte as bits kTo .., as far as `mask` reaches.
template <int kFrom, int kTo>
inline Quads moved_bits(Quads x, uint8_t mask) {
  const auto moved = uint8_t(mask << kTo);
  if constexpr (kFrom >= kTo) {
    return bits<kFrom - kTo>(x, moved);
  } else {
    return bits<0>(raise<kTo - kFrom>(x), moved);
  }
}

/// The quants of a group as they are stored.
template <QuantLayout kLayout, int kGroup>
inline Quads stored_quants(const uint8_t* lines) {
  constexpr int kHalf = kGroup / 4, kInHalf = kGroup % 4;
  if constexpr (kLayout == QuantLayout::kByte) {
    return load_quads(lines + kGroup * 64);
  } else if constexpr (kLayout == QuantLayout::kTwo) {
    return bits<kInHalf * 2>(load_quads(lines + kHalf * 64), 3);
  } else if constexpr (kLayout == QuantLayout::kTwoBit) {
    const Quads high = moved_bits<kGroup, 2>(load_quads(lines + 2 * 64), 1);
    return join(stored_quants<QuantLayout::kTwo, kGroup>(lines), high);
  } else if constexpr (kLayout == QuantLayout::kNibble) {
    return bits<kHalf * 4>(load_quads(lines + kInHalf * 64), 15);
  } else if constexpr (kLayout == QuantLayout::kNibbleBit) {
    const Quads high = moved_bits<kGroup, 4>(load_quads(lines + 4 * 64), 1);
    return join(stored_quants<QuantLayout::kNibble, kGroup>(lines), high);
  } else {
    static_assert(kLayout == QuantLayout::kNibbleTwo);
    const Quads high = moved_bits<kInHalf * 2, 4>(load_quads(lines + (4 + kHalf) * 64), 3);
    return join(stored_quants<QuantLayout::kNibble, kGroup>(lines), high);
  }
}

template <Codec kCodec, int kGroup>
inline Quads group_quants(const uint8_t* lines) {
  const Quads stored = stored_quants<codec_info(kCodec).quants, kGroup>(lines);
  if constexpr (kCodec == Codec::kLut4 || kCodec == Codec::kLut4K) return lookup(kIq4Biased.at, stored);
  if constexpr (kCodec == Codec::kLut4Mx) return lookup(kMxBiased.at, stored);
  return stored;
}

template <Codec kCodec, int kGroup = 0>
inline void unpack_quants(const uint8_t* lines, Quads (&w)[kGroups]) {
  if constexpr (kGroup < kGroups) {
    w[kGroup] = group_quants<kCodec, kGroup>(lines);
    unpack_quants<kCodec, kGroup + 1>(lines, w);
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
