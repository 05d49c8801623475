#pragma once

#include <string_view>

#include "base/result.h"

namespace hearth {

/// "cannot ACTION: REASON" for a number of errno's, with its remedy where there is one.
std::unexpected<Error> system_error(int number, std::string_view action);

}  // namespace hearth
