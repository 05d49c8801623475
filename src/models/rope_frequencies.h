#pragma once

#include <vector>

#include "formats/config.h"

namespace hearth {

/// What a rotary embedding turns positions into angles with.
struct RopeFrequencies {
  std::vector<float> inv_freq;  ///< [rotary_dim / 2]
  float magnitude = 1.0f;       ///< of cos and sin
};

/// Frequencies of the layers that see the whole context, scaled as the config says. `context_limit`: most
/// positions that a sequence will have; longrope picks its factors by it, once for all positions.
RopeFrequencies rope_frequencies(const ModelConfig& config, int context_limit);

/// Frequencies of sliding-window layers that have a base of their own; never scaled.
RopeFrequencies local_rope_frequencies(const ModelConfig& config);

}  // namespace hearth
