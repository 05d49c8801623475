// Parts of a panel, taken apart once for every tile of columns that passes over them: records before the
// first tile, quants and blocks' factors by the first tile.

/// Blocks of a part: two records, or 8 KB of quants (16 with magnitudes), so that a part, a tile's values and
/// its sums share the first cache.
constexpr int kPartBlocks = 2 * kRecordBlocks;

/// Opened blocks. Codecs with records have at least the records opened.
template <Codec kCodec>
struct OpenPart {
  static constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  static constexpr int kRecords = kPartBlocks / kInfo.blocks;
  static constexpr bool kHasCodes = has_records(kCodec);
  /// Minima come in pairs of words: of two blocks or, with two codes a block, of its halves.
  static constexpr int kMinima = !kHasCodes || !kInfo.minimum ? 1 : kPartBlocks / (kInfo.halves == 1 ? 2 : 1);

  alignas(64) uint8_t quants[opens_quants<kCodec>() ? kPartBlocks : 1][kGroups * 64];
  alignas(64) uint8_t magnitudes[quant_form<kCodec>().is_signed ? kPartBlocks : 1][kGroups * 64];
  alignas(64) float scales[kRecords][kPanelRows];  ///< of a block or a record
  alignas(64) float minima[kRecords][kPanelRows];  ///< what sums of minima are multiplied by
  alignas(64) int32_t codes[kHasCodes ? kPartBlocks : 1][kInfo.halves][kPanelRows];
  alignas(64) int32_t minimum_codes[kMinima][kPanelRows];
};

/// Codes and minima of a record that are whole numbers of 16 bits under its unit.
struct UnitCodes {
  RowsI32 code, minimum;
};

/// Where sums of a record are whole numbers all the way, its steps are part of them: 63 * (step * quant) and
/// what is left to be added for a centre both fit words (see common_unit).
template <Codec kCodec>
inline UnitCodes unit_codes(const CommonUnit& unit, const BlockCodes& codes) {
  if constexpr (is_exact_in_floats<kCodec>()) {
    return {codes.scale[0], rows_to_int(codes.minimum[0])};
  } else {
    const RowsI32 code = rows_mul_add(codes.scale[0], rows_to_int(unit.step), rows_splat_int(0));
    const RowsI32 minimum = rows_to_int(rows_mul(codes.minimum[0], unit.minimum_step()));
    return {code, rows_mul_add(code, rows_splat_int(quant_form<kCodec>().centre), minimum)};
  }
}

/// Record `index` of a part, for the step of rows from `row` on.
template <Codec kCodec>
inline void open_record(const uint8_t* record, int index, int row, OpenPart<kCodec>& out) {
  RecordScales<kCodec> scales;
  load_record(record, row, scales);
  rows_store(out.scales[index] + row, scales.factors.scale);
  if constexpr (has_common_unit<kCodec>()) {
    rows_store(out.minima[index] + row, scales.common.minimum_over_step);
  } else if constexpr (has_minima_apart<kCodec>()) {
    rows_store(out.minima[index] + row, scales.factors.minimum);
  }
  [[maybe_unused]] RowsI32 even;
  HEARTH_UNROLL for (int sub = 0; sub < kRecordBlocks; ++sub) {
    const int block = index * kRecordBlocks + sub;
    BlockCodes codes = load_codes(record, sub, row, scales);
    if constexpr (has_common_unit<kCodec>()) {
      const UnitCodes unit = unit_codes<kCodec>(scales.common, codes);
      codes.scale[0] = unit.code;
      if (sub % 2 == 0) {
        even = unit.minimum;
      } else {
        store_whole(out.minimum_codes[block / 2] + row, word_pair(even, unit.minimum));
      }
    } else if constexpr (has_minima_apart<kCodec>()) {
      store_whole(out.minimum_codes[block] + row,
                  word_pair(rows_to_int(codes.minimum[0]), rows_to_int(codes.minimum[1])));
    }
    for (int half = 0; half < OpenPart<kCodec>::kInfo.halves; ++half)
      store_whole(out.codes[block][half] + row, code_form<kCodec>(codes.scale[half]));
  }
}

/// Opens the records of blocks [first, first + count) of a panel that begins at `base`.
template <Codec kCodec>
void open_records(const uint8_t* base, int64_t blocks, int64_t first, int64_t count, OpenPart<kCodec>& out) {
  constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  constexpr size_t kQuantBytes = quant_lines(codec_info(kCodec).quants) * 64;
  const uint8_t* record = base + size_t(blocks) * kQuantBytes + size_t(first / kInfo.blocks) * kInfo.bytes;
  for (int i = 0; i < int(count) / kInfo.blocks; ++i, record += kInfo.bytes) {
    for (int row = 0; row < kPanelRows; row += kStepRows) open_record<kCodec>(record, i, row, out);
  }
}
