#pragma once

#include <chrono>

#include "api/call/json.h"
#include "server/models/model_host.h"
#include "server/models/model_info.h"
#include "store/stored_model.h"

namespace hearth::server {

/// {"models": [{"name", "model", "modified_at", "size", "digest", "details"}]}, the newest first.
api::Json tags_json(const std::vector<HostedModel>& models, ModelDetailsCache& details);

/// {"models": [{"name", "model", "size", "digest", "details", "expires_at", "size_vram", "context_length"}]}
api::Json ps_json(const std::vector<RunningModel>& models, ModelDetailsCache& details,
                  std::chrono::system_clock::time_point now);

/// What /api/show tells. `stored`: null for loose files.
api::Json show_json(const HostedModel& model, const StoredModel* stored, const ModelInfo& info, bool verbose);

/// The Modelfile's lines of a model's options: names in a column, values behind them.
std::string parameters_text(const api::Json& options);

}  // namespace hearth::server
