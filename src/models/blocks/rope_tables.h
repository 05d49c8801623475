#pragma once

#include <vector>

#include "models/blocks/linear.h"
#include "models/blocks/rope_frequencies.h"

namespace hearth {

/// cos and sin of a batch's positions.
struct RopeAngles {
  Matrix cos;  ///< [rows, rotary_dim / 2]
  Matrix sin;  ///< [rows, rotary_dim / 2]
};

/// The rotary embeddings of a model's layers, and their angles for the positions of the current batch. Layers
/// with equal embeddings share them.
class RopeTables {
 public:
  /// `context_limit`: see `rope_frequencies`.
  RopeTables(Backend& backend, int max_rows, int context_limit)
      : backend_(backend), max_rows_(max_rows), context_limit_(context_limit) {}

  /// The number under which a layer finds its angles. Error: kResourceLimit.
  Result<size_t> add(const RopeSpec& spec);

  /// Computes the angles of a batch.
  void fill(const VectorView& positions);
  RopeAngles angles(size_t index, int64_t rows) const;

 private:
  struct Table {
    RopeSpec spec;
    Vector inv_freq;
    float magnitude;
    DeviceBuffer angles;
  };

  Backend& backend_;
  const int max_rows_;
  const int context_limit_;
  std::vector<Table> tables_;
};

}  // namespace hearth
