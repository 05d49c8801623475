#pragma once

#include <vector>

#include "formats/model/config_keys.h"
#include "formats/model/model_config.h"
#include "formats/model/tensor_set.h"

namespace hearth {

/// What each layer's xIELU has learned: in GGUF files keys, in folders tensors (ffn_act.*) that hold
/// softplus' argument. Errors: kCorruptData naming the key or the tensor.
Result<std::vector<XieluConfig>> read_xielu(const ConfigKeys& keys, const TensorSet& tensors, int num_layers);

}  // namespace hearth
