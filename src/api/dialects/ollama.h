#pragma once

#include "api/call/dialect.h"

namespace hearth::api {

/// Ollama's API.
const Dialect* dialect_ollama();

}  // namespace hearth::api
