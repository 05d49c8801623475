#pragma once

#include <memory>

#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"

namespace hearth {

/// Gated feed-forward: down(act(gate(x)) * up(x)).
struct MlpSpec {
  int intermediate_size = 0;
  Activation activation = Activation::kSilu;
  bool bias = false;  ///< of all three
};

/// Loads ffn_*. Errors: as `TensorLoader`.
Result<std::unique_ptr<FeedForward>> load_feed_forward(const MlpSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer);

}  // namespace hearth
