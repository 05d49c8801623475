#pragma once

#include "formats/model/config_keys.h"
#include "formats/model/model_config.h"

namespace hearth {

/// Sets what the keys say of experts: how many, how they are picked, which layers have them. Errors:
/// kCorruptData naming the key; kUnsupported for what no model of ours has.
Status read_experts(const ConfigKeys& keys, ModelConfig& config);

/// For architectures that are nothing without experts. Error: kCorruptData where there are none.
Status require_experts(const ModelConfig& config, const ConfigKeys& keys);

}  // namespace hearth
