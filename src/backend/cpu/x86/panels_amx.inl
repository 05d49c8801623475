// What all products by the matrix unit share: how much goes at once, sums, and asking ahead.

constexpr int kColumns = 16;
constexpr int kPanelsAtOnce = 4;
constexpr int64_t kTilesAtOnce = 32;

inline int64_t at_most(int64_t count, int64_t limit) { return count < limit ? count : limit; }
inline int64_t ceil_div(int64_t count, int64_t size) { return (count + size - 1) / size; }

using Sums = int32_t[kColumns][kPanelRows];
using Totals = float[kColumns][kPanelRows];
alignas(64) constexpr Totals kNoTotals = {};

/// Steps [first, last) of `steps`: they ask for their share of what is needed after all of them.
struct Share {
  int64_t first, last, steps;

  int64_t begin(int64_t total) const { return total * first / steps; }
  int64_t end(int64_t total) const { return total * last / steps; }
};

/// Asks for a share of the lines that a panel's sums of a tile go to: they lie far apart, and out of the
/// caches.
inline void prefetch_outputs(const ProductArgs& args, const ProductTile& tile, int64_t panel, Share share) {
  const float* out = tile.out + panel * kPanelRows;
  for (int64_t c = share.begin(kColumns); c < share.end(kColumns); ++c)
    prefetch_line(out + c * args.out_stride);
}

/// Asks for a share of blocks [block, block + num_blocks) of a panel and of their scales.
template <Codec kCodec>
inline void prefetch_weights(const ProductArgs& args, int64_t panel, int64_t block, int64_t num_blocks,
                             Share share) {
  constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  constexpr int64_t kQuantBytes = int64_t(quant_lines(codec_info(kCodec).quants)) * 64;
  const uint8_t* base = args.slice->panels + size_t(panel) * args.slice->panel_bytes;
  const uint8_t* quants = base + block * kQuantBytes;
  const uint8_t* records = base + args.k / kBlock * kQuantBytes + block / kInfo.blocks * int64_t(kInfo.bytes);
  const int64_t quant_lines = num_blocks * kQuantBytes / 64;
  const int64_t record_lines = ceil_div(num_blocks / kInfo.blocks * int64_t(kInfo.bytes), 64);
  for (int64_t i = share.begin(quant_lines); i < share.end(quant_lines); ++i) prefetch_line(quants + i * 64);
  for (int64_t i = share.begin(record_lines); i < share.end(record_lines); ++i)
    prefetch_line(records + i * 64);
}

/// Writes a panel's totals of a tile.
inline void store_tile(const ProductArgs& args, const ProductTile& tile, int64_t panel,
                       const float (*totals)[kPanelRows]) {
  for (int c = 0; c < tile.in.width; ++c) store_sums(args, tile, panel * kPanelRows, c, rows_load(totals[c]));
}
