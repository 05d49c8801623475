#pragma once

#include "api/call/dialect.h"

namespace hearth::api {

/// Anthropic's API.
const Dialect* dialect_anthropic();

}  // namespace hearth::api
