#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/model/checkpoint_conventions.h"

namespace hearth {

/// What GGUF calls a tensor of a checkpoint: "blk.0.attn_q.weight" of
/// "model.layers.0.self_attn.q_proj.weight". A name of no known form stays.
std::string gguf_tensor_name(std::string_view name, const CheckpointConventions& conventions);

/// The layer that a checkpoint's tensor belongs to; nothing where it is of none.
std::optional<int> layer_of_tensor(std::string_view name, const CheckpointConventions& conventions);

/// The reverse: what a checkpoint would call a tensor. A name of no known form stays.
std::string checkpoint_tensor_name(std::string_view gguf_name, const CheckpointConventions& conventions);

/// A tensor of a layer: "model.layers.", "12", "mlp.gate.weight".
struct LayerTensorName {
  std::string_view layer;
  std::string_view part;
};
std::optional<LayerTensorName> split_layer_name(std::string_view name, std::string_view prefix);

/// What a text model by itself would call a tensor of a model that it is a part of; nothing for tensors of
/// other parts.
std::optional<std::string> text_tensor_name(std::string_view name);

/// Whether a tensor holds what is recomputed at load, as in old checkpoints.
bool is_derived_tensor(std::string_view name);

}  // namespace hearth
