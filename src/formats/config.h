#pragma once

#include <string_view>

#include "formats/model/model_files.h"

namespace hearth {

/// What the layers of an architecture are made of, and so which keys a config must have.
struct LayerParts {
  bool causal = true;  ///< tokens see those before them alone
  bool attention = true;
  bool feed_forward = true;
  bool state_space = false;
  bool layer_norm = false;  ///< norms by mean and variance, with biases
  bool rotary = true;       ///< attention knows positions by rotation, unless layers say otherwise
  int mlp_ratio = 0;        ///< of feed-forwards to the hidden size, where files do not say; 0: they must
  std::string_view hidden_act = "silu";  ///< where files do not say
  bool may_differ = false;               ///< by layer: in heads and in the size of feed-forwards
};

/// The configuration in a file set's keys and tensors. What an architecture adds is left to its
/// `ModelSpec::configure`. Errors: kCorruptData naming the key, its value and what is allowed; kUnsupported
/// for what no model of ours has.
Result<ModelConfig> read_config(const ModelFiles& files, const CheckpointConventions& conventions,
                                const LogSink& log, const LayerParts& parts = {});

/// Scales scores by the root of `query_pre_attn_scalar` in place of the heads' size, where the files give it.
Status set_query_scale(ModelConfig& config, const ConfigKeys& keys);

/// Sets which layers have a sliding window, where the files give a window: by their own pattern (a type or a
/// flag for each layer, or a period), else with `period`. Of each period of layers the last sees everything;
/// 0: none does. Errors: kCorruptData naming the key.
Status set_sliding_layers(ModelConfig& config, const ConfigKeys& keys, int period);

/// The same for architectures whose files say whether the window is used at all (`use_sliding_window`), and
/// from which layer on (`max_window_layers`). GGUF files do not: no layer has one.
Status set_used_sliding_layers(ModelConfig& config, const ConfigKeys& keys);

}  // namespace hearth
