#pragma once

#include "formats/model/config_keys.h"
#include "formats/model/model_config.h"

namespace hearth {

/// The sizes of state-space mixers. Errors: kCorruptData naming the key.
Result<StateSpaceConfig> read_state_space(const ConfigKeys& keys, int hidden_size);

}  // namespace hearth
