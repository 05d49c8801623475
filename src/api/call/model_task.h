#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/call/api_model.h"
#include "engine/schedule/request.h"

namespace hearth::api {

/// Whether the model is for such requests. Error: kUnsupported naming the model and what to ask in its place.
Status check_task(const ApiModel& model, Task task);

/// What a model is for, by the words that clients know: "completion", "embedding", "rerank".
std::vector<std::string_view> capabilities(const ApiModel& model);

}  // namespace hearth::api
