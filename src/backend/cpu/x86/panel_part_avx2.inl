// What a tile of columns passes over at once, and what is asked for meanwhile.

/// Blocks [first, first + count) of a panel that begins at `base`.
template <Codec kCodec>
struct PanelPart {
  const uint8_t* base;
  int64_t blocks;  ///< of the panel
  size_t panel_bytes;
  int64_t first, count;
  OpenPart<kCodec>& open;
  int64_t tile, num_tiles;  ///< which of the tiles that pass over it this one is
};

/// The quants of block `index` of a part. A part that is not opened may have more blocks than OpenPart.
template <Codec kCodec, Source kSource>
HEARTH_INLINE BlockLines block_lines(const PanelPart<kCodec>& part, int64_t index) {
  constexpr size_t kQuantBytes = quant_lines(codec_info(kCodec).quants) * 64;
  constexpr bool kOpens = kSource != Source::kPacked && opens_quants<kCodec>();
  return {part.base + size_t(part.first + index) * kQuantBytes, kOpens ? part.open.quants[index] : nullptr,
          kOpens && quant_form<kCodec>().is_signed ? part.open.magnitudes[index] : nullptr};
}

/// Asks for what comes after a part, as a tile passes over it. What is opened at once has to be there at
/// once: tiles ask in turns, evenly over time, since a core can wait for few lines and then stalls. Where
/// nothing is opened, the first tile asks for all, since it is the one that waits. All of it are locals: what
/// is behind a pointer would be read again after every group.
template <Codec kCodec, Source kSource>
class AskAhead {
 public:
  HEARTH_INLINE explicit AskAhead(const PanelPart<kCodec>& part)
      : base_(part.base),
        records_(part.base + size_t(part.blocks) * kQuantBytes),
        blocks_(part.blocks),
        ahead_(blocks_ahead<kCodec>(part.blocks)),
        panel_bytes_(part.panel_bytes),
        next_(part.tile == 0 || kInTurns ? part.first + part.tile : part.blocks),
        step_(kInTurns ? part.num_tiles : 1) {
    if (kInTurns && ahead_ < kPartBlocks && kPartBlocks <= blocks_) ahead_ = kPartBlocks;
  }

  /// At every block, in order.
  HEARTH_INLINE void at(int64_t block) {
    if (block != next_) return;
    next_ += step_;
    prefetch_block<kCodec>(base_ + size_t(block) * kQuantBytes,
                           records_ + size_t(block / kInfo.blocks) * kInfo.bytes, block, blocks_, ahead_,
                           panel_bytes_);
  }

 private:
  static constexpr RecordInfo kInfo = record_info(codec_info(kCodec).scales);
  static constexpr size_t kQuantBytes = quant_lines(codec_info(kCodec).quants) * 64;
  static constexpr bool kInTurns = kSource != Source::kPacked || has_records(kCodec);

  const uint8_t *base_, *records_;
  int64_t blocks_, ahead_;
  size_t panel_bytes_;
  int64_t next_, step_;
};
