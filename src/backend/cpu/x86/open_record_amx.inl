// Records of a panel as the matrix unit reads them. A quant times its code, with its minimum where that is
// part of it, is a whole number of up to 16 bits: it goes in two planes of bytes, or in one where it fits.

constexpr int64_t kRecordBytes = kRecord * kPanelRows;
constexpr int kTileInputs = 64;  ///< inputs of a tile of bytes

template <Codec kCodec>
constexpr int num_planes() {
  return kCodec == Codec::kK2 || kCodec == Codec::kK3 ? 1 : 2;
}

/// A codec with neither a zero point nor minima in its whole numbers has no negative ones.
template <Codec kCodec>
constexpr bool is_unsigned() {
  return codec_info(kCodec).zero == 0 && !has_common_unit<kCodec>();
}

/// Q3_K's quants times codes reach 128 and no less than -124, so that bytes hold them with the sign turned.
template <Codec kCodec>
constexpr bool is_turned() {
  return kCodec == Codec::kK3;
}

/// A record of a panel: whole numbers, [64 groups][16 rows][4], the higher plane first. The lower of two is
/// unsigned, the higher one as the codec is.
template <Codec kCodec>
struct OpenRecord {
  alignas(64) int8_t planes[num_planes<kCodec>()][kRecordBytes];
  RecordScales<kCodec> scales;
};

inline Quads join_bytes(Quads even, Quads odd) {
  return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, even, odd);
}

/// A row's number in both words of its lane.
inline Quads as_words(RowsI32 x) { return _mm512_mask_blend_epi16(0xaaaaaaaa, x, _mm512_slli_epi32(x, 16)); }

/// Unsigned quants times a row's code, [two words], of bytes. A product does not pass into the byte above it,
/// so one multiplication of words does two of them.
inline void open_bytes(Quads quants, Quads code, int8_t* plane) {
  _mm512_store_si512(plane, _mm512_mullo_epi16(quants, code));
}

/// Unsigned quants times a row's code plus its minimum, [two words] each.
inline void open_words(Quads quants, Quads code, Quads minimum, int8_t (*planes)[kRecordBytes], int64_t at) {
  const Quads even = _mm512_and_si512(quants, _mm512_set1_epi16(255)), odd = _mm512_srli_epi16(quants, 8);
  const Quads first = _mm512_add_epi16(_mm512_mullo_epi16(even, code), minimum);
  const Quads second = _mm512_add_epi16(_mm512_mullo_epi16(odd, code), minimum);
  _mm512_store_si512(planes[0] + at, join_bytes(_mm512_srli_epi16(first, 8), second));
  _mm512_store_si512(planes[1] + at, join_bytes(first, _mm512_slli_epi16(second, 8)));
}

/// Signed quants times a row's code: each byte as the upper one of a word, whose product with the code then
/// has the two bytes wanted in its middle.
template <int kPlanes>
inline void open_signed(Quads quants, Quads code, int8_t (*planes)[kRecordBytes], int64_t at) {
  const Quads even = _mm512_slli_epi16(quants, 8), odd = _mm512_and_si512(quants, _mm512_set1_epi16(-256));
  const Quads low =
      join_bytes(_mm512_srli_epi16(_mm512_mullo_epi16(even, code), 8), _mm512_mullo_epi16(odd, code));
  _mm512_store_si512(planes[kPlanes - 1] + at, low);
  if constexpr (kPlanes == 2) {
    const Quads high =
        join_bytes(_mm512_mulhi_epi16(even, code), _mm512_slli_epi16(_mm512_mulhi_epi16(odd, code), 8));
    _mm512_store_si512(planes[0] + at, high);
  }
}

/// What a block's quants are multiplied by in an open record.
template <Codec kCodec>
inline RowsI32 whole_code(RowsI32 code, const RecordScales<kCodec>& scales) {
  if constexpr (has_common_unit<kCodec>()) {
    return _mm512_mullo_epi32(code, rows_to_int(scales.common.step));
  } else if constexpr (is_turned<kCodec>()) {
    return _mm512_sub_epi32(rows_splat_int(0), code);
  } else {
    return code;
  }
}

/// What is added to a block's quants in an open record.
inline RowsI32 whole_minimum(const BlockCodes& codes, const CommonUnit& unit) {
  return rows_to_int(rows_mul(codes.minimum[0], unit.minimum_step()));
}

constexpr int kQuarters = kRecord / kTileInputs, kQuarterBlocks = kTileInputs / kBlock;

/// Opens the blocks of a tile of bytes. `kPrefetch`: asks for what comes after, too.
template <Codec kCodec, bool kPrefetch>
inline void open_quarter(const ProductArgs& args, int64_t panel, int64_t index, int quarter,
                         OpenRecord<kCodec>& out) {
  constexpr CodecInfo kInfo = codec_info(kCodec);
  constexpr RecordInfo kRecordInfo = record_info(kInfo.scales);
  constexpr size_t kQuantBytes = quant_lines(kInfo.quants) * 64;
  const int64_t blocks = args.k / kBlock, ahead = blocks_ahead<kCodec>(blocks);
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* record = base + size_t(blocks) * kQuantBytes + size_t(index) * kRecordInfo.bytes;
  const Quads zero = _mm512_set1_epi8(char(kInfo.zero));
  if (quarter == 0) {
    load_record(record, 0, out.scales);
    RowsF32& scale = out.scales.factors.scale;
    if constexpr (is_turned<kCodec>()) scale = rows_mul(scale, rows_splat(-1.0f));
    if constexpr (has_common_unit<kCodec>()) scale = out.scales.common.unit();
  }
  for (int sub = quarter * kQuarterBlocks; sub < (quarter + 1) * kQuarterBlocks; ++sub) {
    const int64_t block = index * kRecordBlocks + sub;
    const uint8_t* lines = base + size_t(block) * kQuantBytes;
    if constexpr (kPrefetch)
      prefetch_block<kCodec>(lines, record, block, blocks, ahead, args.slice->panel_bytes);
    Quads w[kGroups], code[2], minimum;
    unpack_quants<kCodec>(lines, w);
    const BlockCodes codes = load_codes(record, sub, 0, out.scales);
    for (int half = 0; half < kRecordInfo.halves; ++half)
      code[half] = as_words(whole_code<kCodec>(codes.scale[half], out.scales));
    if constexpr (has_common_unit<kCodec>()) minimum = as_words(whole_minimum(codes, out.scales.common));
    for (int g = 0; g < kGroups; ++g) {
      const Quads words = code[g * kRecordInfo.halves / kGroups];
      const int64_t at = (sub * kGroups + g) * 64;
      if constexpr (has_common_unit<kCodec>()) {
        open_words(w[g], words, minimum, out.planes, at);
      } else if constexpr (is_unsigned<kCodec>()) {
        open_bytes(w[g], words, out.planes[0] + at);
      } else {
        open_signed<num_planes<kCodec>()>(_mm512_sub_epi8(w[g], zero), words, out.planes, at);
      }
    }
  }
}
