#pragma once

#include "formats/model/config_keys.h"
#include "formats/model/model_config.h"

namespace hearth {

/// Sets which layers are rotated: as the files list them (`no_rope_layers`, where 1 stands for a rotated
/// one), else all but the last of each period (`no_rope_layer_interval`, or `period`). Errors: kCorruptData
/// naming the key.
Status set_rope_layers(ModelConfig& config, const ConfigKeys& keys, int period);

}  // namespace hearth
