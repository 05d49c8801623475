#pragma once

#include <span>
#include <string>
#include <string_view>

#include "formats/model/checkpoint_conventions.h"

namespace hearth {

/// What GGUF calls a tensor of a checkpoint: "blk.0.attn_q.weight" of
/// "model.layers.0.self_attn.q_proj.weight". `own` is looked at before the names that all architectures
/// share. A name of no known form stays.
std::string gguf_tensor_name(std::string_view name, std::span<const TensorRename> own);

/// Whether a tensor holds what is computed anew, as old checkpoints have it.
bool is_derived_tensor(std::string_view name);

}  // namespace hearth
