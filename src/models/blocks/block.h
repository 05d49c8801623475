#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/ops.h"
#include "models/blocks/cache_spec.h"
#include "models/blocks/rope_tables.h"
#include "models/blocks/scratch.h"

// What a decoder is made of: each layer mixes positions, then transforms every position by itself. Blocks own
// their weights and hide how those are stored; none is thread-safe, all are called by the one thread that
// drives the backend, which outlives them.

namespace hearth {

/// What a batch brings to every layer.
struct Step {
  Matrix in;   ///< [rows, hidden_size]: what a block reads
  Matrix out;  ///< [rows, hidden_size]: what it adds its result to; the same matrix, or no part of it
  Scratch scratch;
  const RopeTables* ropes = nullptr;
};

/// Where one layer keeps what it needs of earlier positions, for each sequence of the batch.
struct LayerCache {
  DeviceAddress base = {};  ///< of the layer's part of block 0
  size_t block_stride = 0;
  DType dtype = DType::kF16;
  BatchSequences sequences = {};
};

/// The part of a layer that sees other positions: out += mix(in). What it keeps is its spec's `cache_spec`.
class Mixer {
 public:
  virtual ~Mixer() = default;
  virtual void forward(const Step& step, const LayerCache& cache) const = 0;
  /// Floats that each row of a batch needs in Step::scratch.
  virtual int64_t scratch_stride() const = 0;
};

/// The part that sees one position at a time: out += transform(in).
class FeedForward {
 public:
  virtual ~FeedForward() = default;
  virtual void forward(const Step& step) const = 0;
  virtual int64_t scratch_stride() const = 0;
};

}  // namespace hearth
