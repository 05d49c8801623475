#pragma once

#include <array>
#include <memory>

#include "backend/state_space_shape.h"
#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"

namespace hearth {

/// A selective state space: what is left of earlier positions is one state.
struct StateSpaceSpec {
  StateSpaceShape shape;
  bool normed = true;  ///< what it gives is normed behind its gate
  std::array<float, 5> in_scale = {1.0f, 1.0f, 1.0f, 1.0f, 1.0f};  ///< of z, x, B, C and dt
  float out_scale = 1.0f;
};

CacheSpec cache_spec(const StateSpaceSpec& spec);

/// Loads ssm_*. Errors: as `TensorLoader`.
Result<std::unique_ptr<Mixer>> load_mixer(const StateSpaceSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer);

}  // namespace hearth
