#pragma once

#include <vector>

#include "formats/model/model_config.h"

namespace hearth {

/// A rotary embedding (Su et al. 2021).
struct RopeSpec {
  int rotary_dim = 0;  ///< even: leading dimensions of a head that are rotated
  float theta = 0.0f;  ///< base of the frequencies
  RopeScaling scaling;

  bool operator==(const RopeSpec&) const = default;
};

/// What a rotary embedding turns positions into angles with.
struct RopeFrequencies {
  std::vector<float> inv_freq;  ///< [rotary_dim / 2]
  float magnitude = 1.0f;       ///< of cos and sin
};

/// `context_limit`: most positions that a sequence will have; longrope picks its factors by it, once for all
/// positions.
RopeFrequencies rope_frequencies(const RopeSpec& spec, int context_limit);

}  // namespace hearth
