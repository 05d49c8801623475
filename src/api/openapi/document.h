#pragma once

#include <span>

#include "api/call/json.h"
#include "api/call/model_listing.h"

namespace hearth::api {

/// The mark of properties that have no effect.
inline constexpr char kLeftAside[] = "x-left-aside";

/// The OpenAPI 3.1 document of all routes, with the names and vocabulary sizes of the served models.
Json openapi_document(std::span<const ModelListing> models);

}  // namespace hearth::api
