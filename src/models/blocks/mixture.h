#pragma once

#include <memory>

#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"
#include "models/blocks/shared_expert.h"

namespace hearth {

/// Mixture of gated feed-forward experts, of which a router picks some for each row.
struct MixtureSpec {
  int num_experts = 0;
  int num_experts_per_tok = 0;
  int intermediate_size = 0;  ///< of one expert
  Gating gating = Gating::kSoftmax;
  bool normalize = true;       ///< the picked weights are divided by their sum
  float scale = 1.0f;          ///< of the weights
  bool weighs_inputs = false;  ///< weights are those of an expert's inputs, not of its outputs
  float tolerance = 0.0f;      ///< of Gating::kSparseMixer
  ExpertGroups groups = {};
  Activation activation = Activation::kSilu;
  bool bias = false;            ///< of the router and of every expert
  bool selection_bias = false;  ///< added to what experts are picked by, but not to their weights
  SharedExpertSpec shared = {};
};

/// Loads ffn_gate_inp, ffn_*_exps and what they have beside. Errors: as `TensorLoader`; kUnsupported with a
/// norm after it.
Result<std::unique_ptr<FeedForward>> load_feed_forward(const MixtureSpec& spec, const BlockNorms& norms,
                                                       const LayerLoader& layer);

}  // namespace hearth
