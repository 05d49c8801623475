#pragma once

#include "api/call/dialect.h"

namespace hearth::api {

/// OpenAI's API, which also speaks for paths that are no other's.
const Dialect* dialect_openai();

}  // namespace hearth::api
