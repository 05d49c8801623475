#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "formats/model/embedding_config.h"

namespace hearth {

/// How the hidden states of a text become one vector.
struct VectorOptions {
  Pooling pooling = Pooling::kMean;
  bool normalize = true;  ///< to length 1
  size_t dimensions = 0;  ///< the first so many alone (Kusupati et al. 2022, "Matryoshka"); 0: all

  bool operator==(const VectorOptions&) const = default;
};

/// Rows of a text of `num_rows`, [first, end), that its vector is made of.
struct PooledRows {
  size_t first, end;
};
PooledRows pooled_rows(Pooling pooling, size_t num_rows);

/// Adds a row to a sum. Rows come in order, so that the sum depends on nothing but them.
void add_row(std::span<const float> row, std::span<double> sum);

/// The vector of rows that come to `sum`: cut, and then of length 1 (all zero where it has no direction) or
/// their mean.
std::vector<float> finished_vector(std::span<const double> sum, size_t num_rows,
                                   const VectorOptions& options);

}  // namespace hearth
