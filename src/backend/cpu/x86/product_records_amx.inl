// Products of codecs with records by the matrix unit, which sums a whole span before anything is scaled.
// Whole numbers are exact in any order, so the bits are those of product.inl.

/// Sums of a tile by each plane, span by span.
template <Codec kCodec>
using RecordSums = Sums[kSpans][num_planes<kCodec>()];

/// A record of a panel and one of a tile whose sums are there. What is the same for all columns stays in
/// registers, so all of it is inline.
template <Codec kCodec>
class FinishedRecord {
  using Open = OpenRecord<kCodec>;

 public:
#define HEARTH_INLINE __attribute__((always_inline)) inline
  HEARTH_INLINE FinishedRecord(const Open& open, const ActivationTile& in, int64_t record,
                               const RecordSums<kCodec>& sums, const Totals& so_far, Totals& totals)
      : value_scales_(in.scales + record * kSpans * in.width),
        value_sums_(in.sums + record * kRecordBlocks * 2 * in.width),
        sums_(sums),
        so_far_(so_far),
        totals_(totals),
        factors_(open.scales.factors) {
    if constexpr (has_minima_apart<kCodec>()) {
      for (int i = 0; i < kRecordBlocks; ++i) {
        for (int half = 0; half < 2; ++half) minima_[i][half] = open.scales.minima[i][half];
      }
    }
  }

  /// The totals of columns [first, last) of a tile of `width`: those so far and the products.
  HEARTH_INLINE void add(int64_t width, int64_t first, int64_t last) const {
    for (int64_t c = first; c < last; ++c) {
      RowsF32 products = rows_zero();
      for (int span = 0; span < kSpans; ++span) {
        RowsI32 whole = _mm512_load_si512(sums_[span][0][c]);
        if constexpr (num_planes<kCodec>() == 2)
          whole = _mm512_add_epi32(_mm512_slli_epi32(whole, 8), _mm512_load_si512(sums_[span][1][c]));
        products = rows_fma(rows_to_float(whole), rows_splat(value_scales_[span * width + c]), products);
      }
      const RowsF32 total = add_record<kCodec>(products, factors_, minima_, value_scales_ + c,
                                               value_sums_ + c, width, rows_load(so_far_[c]));
      rows_store(totals_[c], total);
    }
  }

 private:
  const float *value_scales_, *value_sums_;
  const RecordSums<kCodec>& sums_;
  const Totals& so_far_;
  Totals& totals_;
  RowScales factors_;
  RowsF32 minima_[kRecordBlocks][2];
};

/// Starts a tile's 64 inputs from `input` on.
template <Codec kCodec, int kFirst, int kIn>
HEARTH_INLINE void start_inputs(const int8_t* values, const OpenRecord<kCodec>& open, int64_t input) {
  tile_load<kIn>(values + input, kRecord);
  tile_load<6>(open.planes[0] + input * kPanelRows, 64);
  if constexpr (is_unsigned<kCodec>()) {
    tile_dot_unsigned<kFirst, kIn, 6>();
  } else {
    tile_dot<kFirst, kIn, 6>();
  }
  if constexpr (num_planes<kCodec>() == 2) {
    tile_load<7>(open.planes[1] + input * kPanelRows, 64);
    tile_dot_unsigned<kFirst + 1, kIn, 7>();
  }
}

/// Sums a span of a tile by each plane. Alternate spans take alternate registers for their sums.
template <Codec kCodec, int kSpanIndex, class Between>
HEARTH_INLINE void start_span(const int8_t* values, const OpenRecord<kCodec>& open,
                              Sums (&sums)[num_planes<kCodec>()], const Between& between) {
  static_assert(kSpan == 2 * kTileInputs);
  constexpr int kFirst = 2 * (kSpanIndex % 2);
  constexpr bool kTwo = num_planes<kCodec>() == 2;
  tile_zero<kFirst>();
  if constexpr (kTwo) tile_zero<kFirst + 1>();
  start_inputs<kCodec, kFirst, 4>(values, open, kSpanIndex * kSpan);
  between(2 * kSpanIndex);
  start_inputs<kCodec, kFirst, 5>(values, open, kSpanIndex * kSpan + kTileInputs);
  between(2 * kSpanIndex + 1);
  tile_store<kFirst>(sums[0], 64);
  if constexpr (kTwo) tile_store<kFirst + 1>(sums[1], 64);
}

/// Sums a record of a tile, and calls between(i) after a quarter of it each: the unit and the vectors' work
/// overlap only where their instructions are mixed finely.
template <Codec kCodec, class Between>
HEARTH_INLINE void start_record(const OpenRecord<kCodec>& open, const ActivationTile& in, int64_t record,
                                RecordSums<kCodec>& sums, const Between& between) {
  static_assert(kSpans == 2);
  const int8_t* values = in.values + record * kRecord * in.width;
  start_span<kCodec, 0>(values, open, sums[0], between);
  start_span<kCodec, 1>(values, open, sums[1], between);
}
#undef HEARTH_INLINE

/// Asks for a share of a record of a tile's values, into the first cache.
inline void prefetch_values(const ActivationTile& in, int64_t record, int64_t part) {
  constexpr int64_t kBytes = kRecord * kColumns, kPart = kBytes / kPanelsAtOnce;
  const int8_t* at = in.values + record * kBytes + part * kPart;
  for (int64_t line = 0; line < kPart; line += 64) __builtin_prefetch(at + line);
}

/// Some panels with a run of tiles: a record of every panel is open while the tiles pass over it. While a
/// step's sums are made, the last one's are scaled.
template <Codec kCodec>
class RecordPanels {
 public:
  RecordPanels(const ProductArgs& args, int64_t first_panel, int64_t num_panels, const ProductTile* tiles,
               int64_t num_tiles)
      : args_(args),
        first_panel_(first_panel),
        num_panels_(num_panels),
        tiles_(tiles),
        num_tiles_(num_tiles) {}

  void run() {
    const int64_t records = args_.k / kRecord;
    for (int64_t record = 0; record < records; ++record) {
      for (int64_t p = 0; p < num_panels_; ++p) {
        for (int quarter = 0; quarter < kQuarters; ++quarter)
          open_quarter<kCodec, false>(args_, first_panel_ + p, record, quarter, open_[p]);
      }
      add(record, records);
    }
  }

 private:
  void add(int64_t record, int64_t records) {
    alignas(64) RecordSums<kCodec> sums[2];
    start_record(open_[0], tiles_[0].in, record, sums[0], [](int) {});
    int64_t count = 1, last_tile = 0, last_panel = 0;
    for (int64_t tile = 0; tile < num_tiles_; ++tile) {
      for (int64_t panel = tile == 0 ? 1 : 0; panel < num_panels_; ++panel, ++count) {
        prefetch_outputs(args_, tiles_[tile], first_panel_ + panel, {record, record + 1, records});
        if (record + 1 < records) {
          prefetch_weights<kCodec>(args_, first_panel_ + panel, (record + 1) * kRecordBlocks, kRecordBlocks,
                                   {tile, tile + 1, num_tiles_});
        }
        if (tile + 1 < num_tiles_) prefetch_values(tiles_[tile + 1].in, record, panel);
        const FinishedRecord<kCodec> finished = finish(last_tile, last_panel, record, sums[(count - 1) % 2]);
        start_record(open_[panel], tiles_[tile].in, record, sums[count % 2], [&](int i) {
          finished.add(kColumns, i * kColumns / kQuarters, (i + 1) * kColumns / kQuarters);
        });
        if (record + 1 == records)
          store_tile(args_, tiles_[last_tile], first_panel_ + last_panel, totals_[last_tile][last_panel]);
        last_tile = tile, last_panel = panel;
      }
    }
    finish(last_tile, last_panel, record, sums[(count - 1) % 2]).add(kColumns, 0, kColumns);
    if (record + 1 == records)
      store_tile(args_, tiles_[last_tile], first_panel_ + last_panel, totals_[last_tile][last_panel]);
  }

  FinishedRecord<kCodec> finish(int64_t tile, int64_t panel, int64_t record, const RecordSums<kCodec>& sums) {
    Totals& totals = totals_[tile][panel];
    return {open_[panel], tiles_[tile].in, record, sums, record == 0 ? kNoTotals : totals, totals};
  }

  const ProductArgs& args_;
  const int64_t first_panel_, num_panels_;
  const ProductTile* tiles_;
  const int64_t num_tiles_;
  OpenRecord<kCodec> open_[kPanelsAtOnce];
  alignas(64) Totals totals_[kTilesAtOnce][kPanelsAtOnce];
};

/// A lone tile: the weights are a stream out of memory, opened once, record by record, ahead of the unit,
/// which is ahead of the scaling of its sums.
template <Codec kCodec>
void record_stream(const ProductArgs& args, const ProductTile& tile) {
  const int64_t records = args.k / kRecord, total = (args.last_panel - args.first_panel) * records;
  OpenRecord<kCodec> open[3];
  alignas(64) RecordSums<kCodec> sums[2];
  alignas(64) Totals totals = {};
  for (int64_t i = -1; i <= total; ++i) {
    const int64_t next = i + 1, done = i - 1;
    const int64_t panel = args.first_panel + next / records, record = next % records;
    const auto open_next = [&](int quarter) {
      if (next < total) open_quarter<kCodec, true>(args, panel, record, quarter, open[next % 3]);
    };
    if (i < 0) {
      for (int quarter = 0; quarter < kQuarters; ++quarter) open_next(quarter);
    } else if (i < total) {
      start_record(open[i % 3], tile.in, i % records, sums[i % 2], open_next);
    }
    if (done < 0) continue;
    FinishedRecord<kCodec>(open[done % 3], tile.in, done % records, sums[done % 2], totals, totals)
        .add(tile.in.width, 0, tile.in.width);
    if (done % records + 1 < records) continue;
    store_tile(args, tile, args.first_panel + done / records, totals);
    __builtin_memset(totals, 0, sizeof totals);
  }
}
