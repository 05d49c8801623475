#pragma once

#include <string_view>
#include <vector>

#include "formats/model/config_value.h"

namespace hearth {

/// A part of a tensor's name and what GGUF calls it: "self_attn.q_proj", "attn_q".
struct TensorRename {
  std::string_view from, to;
};

/// A key that config.json may leave out, and what the architecture then has.
struct KeyDefault {
  std::string_view key;
  ConfigValue::Scalar value;
};

/// How checkpoints of an architecture in Hugging Face's form differ from GGUF, whose names and order of rows
/// are the ones used here.
struct CheckpointConventions {
  std::vector<TensorRename> renames = {};  ///< taken before those that all architectures share
  bool halves_to_pairs = false;            ///< rows of q and k: rotary pairs are to lie side by side
  float norm_offset = 0.0f;                ///< added to the weights of norms
  std::vector<KeyDefault> defaults = {};
};

}  // namespace hearth
