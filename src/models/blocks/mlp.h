#pragma once

#include <memory>

#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"

namespace hearth {

/// Feed-forward down(act(gate(x)) * up(x)), or without a gate down(act(up(x))).
struct MlpSpec {
  int intermediate_size = 0;
  Activation activation = Activation::kSilu;
  bool gated = true;
  bool bias = false;           ///< of all
  bool down_bias = false;      ///< of the last product, also where the others have none
  float gate_scale = 1.0f;     ///< of what gate gives
  float up_scale = 1.0f;       ///< of what up gives
  XieluParameters xielu = {};  ///< of Activation::kXielu
  bool sub_norm = false;       ///< what was gated is normed before the last product
};

/// Loads ffn_*. Errors: as `TensorLoader`.
Result<std::unique_ptr<FeedForward>> load_feed_forward(const MlpSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer);

}  // namespace hearth
