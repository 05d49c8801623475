#pragma once

#include <string_view>

#include "base/result.h"

namespace hearth {

/// Whether a layer's name is a path that stays within its folder: parts of at most 255 bytes, at most 16 of
/// them, none of which is "." or ".." or begins with a dot that hides it, without backslashes and control
/// characters. Error: kCorruptData.
Status check_layer_name(std::string_view name);

}  // namespace hearth
