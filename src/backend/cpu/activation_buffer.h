#pragma once

#include <algorithm>
#include <vector>

#include "backend/cpu/kernels/activations.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/kernels/panel.h"
#include "base/checked_math.h"
#include "base/grow.h"
#include "base/line_vector.h"

namespace hearth::cpu {

/// The input rows of one matrix product in tiles. Grows as needed, never shrinks.
class ActivationBuffer {
 public:
  /// What a buffer comes to hold, array by array.
  class Work {
   public:
    /// `shape` with as many rows.
    void add(int64_t rows, int64_t k, ActivationForms forms) {
      const auto count = size_t(rows * ceil_div(k, int64_t{kBlock}));
      if (forms.blocks) grow(by_block_, quantized_bytes(count, count, count));
      if (forms.records) grow(by_record_, quantized_bytes(count, count / kSpanBlocks, 2 * count));
      if (forms.floats) grow(floats_, size_t(rows * k) * sizeof(float));
      if (forms.splits) grow(splits_, count * kSplitBlock * sizeof(uint16_t));
    }
    size_t bytes() const { return by_block_ + by_record_ + floats_ + splits_; }

   private:
    static void grow(size_t& bytes, size_t wanted) { bytes = std::max(bytes, wanted); }
    static size_t quantized_bytes(size_t blocks, size_t num_scales, size_t num_sums) {
      return blocks * kBlock + (num_scales + kSlack) * sizeof(float) +
             (num_sums + kSlack) * (sizeof(float) + sizeof(int32_t));
    }
    size_t by_block_ = 0, by_record_ = 0, floats_ = 0, splits_ = 0;
  };

  /// Lays out `rows` rows of `k` inputs in the widest tiles that the kernels take, and the rest in narrower
  /// ones. The kernels have to outlive the buffer.
  void shape(int64_t rows, int64_t k, const Kernels& kernels, ActivationForms forms) {
    k_ = k;
    kernels_ = &kernels;
    blocks_ = ceil_div(k, int64_t{kBlock});
    forms_ = forms;
    tiles_.clear();
    for (int64_t row = 0; row < rows;) {
      const int width = tile_width(rows, row, kernels);
      tiles_.push_back({row, width});
      row += width;
    }
    const auto count = size_t(rows * blocks_);
    if (forms.blocks) by_block_.grow(count, count, count);
    if (forms.records) by_record_.grow(count, count / kSpanBlocks, 2 * count);
    if (forms.floats) hearth::grow(floats_, size_t(rows * k));
    if (forms.splits) hearth::grow(splits_, count * kSplitBlock);
  }

  /// What `put` takes whole multiples of, of rows of many.
  int64_t unit() const { return forms_.records ? kRecord : kBlock; }

  int64_t num_tiles() const { return int64_t(tiles_.size()); }
  int64_t first_row(int64_t tile) const { return tiles_[size_t(tile)].first_row; }

  /// A tile as a codec reads it.
  ActivationTile tile(int64_t index, Codec codec) const {
    const auto [row, width] = tiles_[size_t(index)];
    const bool records = has_records(codec);
    const Quantized& quantized = records ? by_record_ : by_block_;
    const int64_t block = row * blocks_;
    // An array that no codec of the weight reads is empty, and an offset from null is undefined.
    const auto at = [](const auto& array, int64_t offset) {
      return array.empty() ? nullptr : array.data() + offset;
    };
    return {width,
            by_column(width, records),
            at(quantized.values, block * kBlock),
            at(quantized.scales, records ? block / kSpanBlocks : block),
            at(quantized.sums, records ? 2 * block : block),
            at(quantized.starts, records ? 2 * block : block),
            forms_.floats ? floats_.data() + row * k_ : nullptr,
            at(splits_, block * int64_t(kSplitBlock))};
  }

  /// Stores inputs [begin, begin + count) of a row in the forms asked for; begin is a multiple of `unit`, and
  /// where they are quantised count is as well.
  void put(int64_t tile_index, int lane, int64_t begin, int64_t count, const float* in) {
    const auto [row, width] = tiles_[size_t(tile_index)];
    const int64_t block = row * blocks_ + begin / kBlock * width;
    if (forms_.blocks) {
      kernels_->quantize(in, count, width, lane, by_column(width, false),
                         by_block_.values.data() + block * kBlock, by_block_.scales.data() + block,
                         by_block_.sums.data() + block, by_block_.starts.data() + block);
    }
    if (forms_.records) {
      kernels_->quantize_records(in, count, width, lane, by_column(width, true),
                                 by_record_.values.data() + block * kBlock,
                                 by_record_.scales.data() + block / kSpanBlocks,
                                 by_record_.sums.data() + 2 * block, by_record_.starts.data() + 2 * block);
    }
    if (forms_.floats) {
      float* out = floats_.data() + row * k_ + begin * width + lane;
      for (int64_t i = 0; i < count; ++i) out[i * width] = in[i];
    }
    if (forms_.splits) {
      kernels_->split_halves(in, count, width, lane, splits_.data() + block * int64_t(kSplitBlock));
    }
  }

 private:
  /// A matrix unit's kernels also read what would be further columns of the last block.
  static constexpr size_t kSlack = 16;

  /// The arrays of ActivationTile in one of its two kinds.
  struct Quantized {
    LineVector<int8_t> values;
    LineVector<float> scales, sums;
    LineVector<int32_t> starts;

    void grow(size_t blocks, size_t num_scales, size_t num_sums) {
      hearth::grow(values, blocks * kBlock);
      hearth::grow(scales, num_scales + kSlack);
      hearth::grow(sums, num_sums + kSlack);
      hearth::grow(starts, num_sums + kSlack);
    }
  };

  /// Whether a matrix unit reads a tile.
  bool by_column(int width, bool records) const {
    const bool by_vectors = records && tiles_.size() == 1 && width == kernels_->lone_record_width;
    return width >= kernels_->matrix_width && !by_vectors;
  }

  /// Of the tile that begins at `row`.
  static int tile_width(int64_t rows, int64_t row, const Kernels& kernels) {
    const int64_t left = rows - row, num_tiles = ceil_div(rows, int64_t{kernels.tile_width});
    if (num_tiles > 1 && num_tiles <= kernels.even_tiles)
      return int(std::min(left, ceil_div(rows, num_tiles)));
    if (left >= kernels.tile_width) return kernels.tile_width;
    if (left >= kernels.matrix_width) return int(left);
    int width = 1;
    while (2 * width <= left) width *= 2;
    return width;
  }

  static constexpr size_t kSplitBlock = size_t(kInputParts) * kBlock;  ///< bfloat16s of a row's block

  struct Tile {
    int64_t first_row;
    int width;
  };
  std::vector<Tile> tiles_;
  Quantized by_block_, by_record_;
  LineVector<float> floats_;
  LineVector<uint16_t> splits_;
  ActivationForms forms_;
  int64_t k_ = 0, blocks_ = 0;
  const Kernels* kernels_ = nullptr;
};

}  // namespace hearth::cpu
