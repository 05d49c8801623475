#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/model/config_value.h"

namespace hearth {

/// A part of a tensor's name and what GGUF calls it, without or with the kind behind it: "self_attn.q_proj",
/// "attn_q"; "self_attn.sinks", "attn_sinks.weight". A last part "*" of both stands for a number.
struct TensorRename {
  std::string_view from, to;
};

/// All experts of a layer in one tensor [experts, outputs, inputs], beside it their biases (FROM_bias); of
/// MXFP4, codes and exponents (FROM_blocks, FROM_scales) in its place.
struct StackedExperts {
  std::string_view from;                ///< "mlp.experts.gate_up_proj"
  std::vector<std::string_view> parts;  ///< what GGUF has of its rows: "ffn_gate_exps", "ffn_up_exps"
  bool alternates = false;              ///< the parts' rows take turns; else one part follows the other
  bool transposed = false;              ///< as floats: [experts, inputs, outputs]
};

/// How a checkpoint holds attn_qkv.
enum class QkvRows : uint8_t {
  kAsInGguf,  ///< also where GGUF has one tensor
  kInOrder,   ///< q of all heads, k, v
  kByGroup,   ///< the heads of queries that share a key lie beside it and its value; also one of each
};

/// A key that config.json may leave out, and what the architecture then has.
struct KeyDefault {
  std::string_view key;
  ConfigValue::Scalar value;
};

/// How checkpoints of an architecture in Hugging Face's form differ from GGUF, whose names and order of rows
/// are the ones used here.
struct CheckpointConventions {
  std::string_view prefix = {};               ///< of all tensors, or of none: "transformer."
  std::string_view layers = "model.layers.";  ///< what tensors of layers begin with
  std::vector<TensorRename> renames = {};     ///< taken before those that all architectures share
  std::vector<StackedExperts> stacks = {};
  std::vector<std::string_view> left_out = {};  ///< what tensors begin with that no text is computed with
  bool halves_to_pairs = false;                 ///< rows of q and k: rotary pairs are to lie side by side
  QkvRows qkv_rows = QkvRows::kAsInGguf;
  std::vector<std::string_view> transposed = {};  ///< weights of layers stored [inputs, outputs]: "attn_qkv"
  float norm_offset = 0.0f;                       ///< added to the weights of norms
  bool padded_positions = false;  ///< positions are learned from behind that of padding (`pad_token_id`) on
  std::vector<KeyDefault> defaults = {};
};

}  // namespace hearth
