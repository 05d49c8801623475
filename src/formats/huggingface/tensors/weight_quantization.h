#pragma once

#include <optional>

#include "tensor/stored_weight.h"

namespace hearth {

/// What config.json says of how weights are stored.
struct WeightQuantization {
  bool has_scaled_codes = false;    ///< some are 8-bit floats, with tensors of scales beside them
  std::optional<ScaleBlock> block;  ///< of scales that belong neither to a row nor to a whole matrix
};

}  // namespace hearth
