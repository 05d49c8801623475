#pragma once

#include <string_view>

namespace hearth::api {

/// The parts of the OpenAPI document that are the same for every server, as JSON.
std::string_view openapi_paths();    ///< an object: the "paths"
std::string_view openapi_schemas();  ///< an object: "components/schemas" but those of request bodies

}  // namespace hearth::api
