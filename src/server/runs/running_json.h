#pragma once

#include <span>

#include "api/call/json.h"
#include "server/models/model_host.h"

namespace hearth::server {

/// {"models": [{"name", "path", "digest", "size", "memory", "context", "users", "stopping",
/// "expires_in_s"}]}: bytes of files and of memory; null: it stays for ever, or has no digest.
api::Json running_json(std::span<const RunningModel> models);

}  // namespace hearth::server
