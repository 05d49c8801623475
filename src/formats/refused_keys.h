#pragma once

#include "formats/model/config_keys.h"

namespace hearth {

/// Fails where every token is to see every other.
Status refuse_bidirectional(const ConfigKeys& keys);

/// Fails where the rotation of layers with a sliding window is scaled.
Status refuse_local_rope_scaling(const ConfigKeys& keys);

}  // namespace hearth
