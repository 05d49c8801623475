#pragma once

#include <map>
#include <span>
#include <string>

#include "api/call/json.h"
#include "api/call/model_listing.h"
#include "api/parameters/header_parameters.h"

namespace hearth::api {

/// `limit` of the list's query.
inline constexpr Parameter kModelLimit = {"limit", Schema::integer(1, 1000), "The most models of a page.",
                                          "20"};

/// One entry of /v1/models as Anthropic's API has it; null for what is not known before a model was loaded.
Json anthropic_model_json(const ModelListing& model);

/// {"data", "first_id", "has_more", "last_id"}: the page that the query asks for by `limit`, `after_id` and
/// `before_id`. Errors: kInvalidArgument naming the parameter.
Result<Json> anthropic_model_list_json(std::span<const ModelListing> models,
                                       const std::map<std::string, std::string>& query);

}  // namespace hearth::api
