#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/model/checkpoint_conventions.h"

namespace hearth {

/// What GGUF calls a tensor of a checkpoint: "blk.0.attn_q.weight" of
/// "model.layers.0.self_attn.q_proj.weight". A name of no known form stays.
std::string gguf_tensor_name(std::string_view name, const CheckpointConventions& conventions);

/// The reverse: what a checkpoint would call a tensor. A name of no known form stays.
std::string checkpoint_tensor_name(std::string_view gguf_name, const CheckpointConventions& conventions);

/// A tensor of a layer: "model.layers.", "12", "mlp.gate.weight".
struct LayerTensorName {
  std::string_view layer;
  std::string_view part;
};
std::optional<LayerTensorName> split_layer_name(std::string_view name, std::string_view prefix);

/// Whether a tensor holds what is computed anew, as old checkpoints have it.
bool is_derived_tensor(std::string_view name);

}  // namespace hearth
