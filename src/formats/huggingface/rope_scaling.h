#pragma once

#include "formats/model/config_keys.h"
#include "formats/model/model_config.h"

namespace hearth {

/// What `rope_parameters` or `rope_scaling` of a config.json say, for a model whose context, rotary
/// dimensions and base `config` holds. Errors: kCorruptData naming the key; kUnsupported for a kind of
/// scaling that this build does not know.
Result<RopeScaling> read_huggingface_rope_scaling(const ConfigKeys& keys, const ModelConfig& config);

}  // namespace hearth
