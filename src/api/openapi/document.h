#pragma once

#include <span>

#include "api/call/api_model.h"
#include "api/call/json.h"

namespace hearth::api {

/// The mark of properties that have no effect.
inline constexpr char kLeftAside[] = "x-left-aside";

/// The OpenAPI 3.1 document of every route of the server. What depends on what is served (the models' names,
/// how many tokens they know) stands in it.
Json openapi_document(std::span<const ApiModel> models);

}  // namespace hearth::api
