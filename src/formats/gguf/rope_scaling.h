#pragma once

#include "formats/gguf/metadata_keys.h"
#include "formats/model/model_config.h"
#include "formats/model/tensor_set.h"

namespace hearth {

/// What the `rope.*` keys of an architecture and the tensors of rope factors say, for a model whose context
/// and rotary dimensions `config` holds. Errors: kCorruptData naming the key or the tensor; kUnsupported for
/// a kind of scaling that this build does not know.
Result<RopeScaling> read_gguf_rope_scaling(const MetadataKeys& keys, const TensorSet& tensors,
                                           const ModelConfig& config);

}  // namespace hearth
