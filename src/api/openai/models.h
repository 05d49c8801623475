#pragma once

#include <span>

#include "api/call/api_model.h"
#include "api/call/json.h"

namespace hearth::api {

/// One entry of /v1/models.
Json model_json(const ApiModel& model);
/// {"object": "list", "data": [...]}.
Json model_list_json(std::span<const ApiModel> models);

/// The name in `model`; empty where there is none. Error: kInvalidArgument.
Result<std::string> requested_model(const Json& body);

}  // namespace hearth::api
