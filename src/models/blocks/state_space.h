#pragma once

#include <memory>

#include "backend/state_space_shape.h"
#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"

namespace hearth {

/// A selective state space: what is left of earlier positions is one state.
struct StateSpaceSpec {
  StateSpaceShape shape;
};

CacheSpec cache_spec(const StateSpaceSpec& spec);

/// Loads ssm_*. Errors: as `TensorLoader`.
Result<std::unique_ptr<Mixer>> load_mixer(const StateSpaceSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer);

}  // namespace hearth
