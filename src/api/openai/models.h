#pragma once

#include <span>

#include "api/call/json.h"
#include "api/call/model_listing.h"

namespace hearth::api {

/// One entry of /v1/models; what is not known before a model was loaded is left out.
Json model_json(const ModelListing& model);
/// {"object": "list", "data": [...]}.
Json model_list_json(std::span<const ModelListing> models);

/// The name in `model`; empty where there is none. Error: kInvalidArgument.
Result<std::string> requested_model(const Json& body);

}  // namespace hearth::api
