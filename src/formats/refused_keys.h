#pragma once

#include <string>
#include <string_view>

#include "formats/model/config_keys.h"

namespace hearth {

/// Fails where every token is to see every other.
Status refuse_bidirectional(const ConfigKeys& keys);

/// Fails where the rotation of layers with a sliding window is scaled.
Status refuse_local_rope_scaling(const ConfigKeys& keys);

/// Fails where a flag has the value that no model here has; files may leave it out. `hint`: what to do.
Status refuse_flag(const ConfigKeys& keys, std::string_view key, bool refused, std::string hint);

}  // namespace hearth
