#pragma once

#include <string_view>

namespace hearth::api {

/// The parts of the OpenAPI document that are the same for every server, as JSON.
std::string_view openapi_paths();       ///< an object: the "paths"
std::string_view openapi_parameters();  ///< an object: groups of properties of request bodies
std::string_view openapi_schemas();     ///< an object: "components/schemas" but those of request bodies
std::string_view openapi_requests();    ///< an object: the request bodies; "use" names groups of properties

}  // namespace hearth::api
