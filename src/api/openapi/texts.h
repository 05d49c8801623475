#pragma once

#include <string_view>

namespace hearth::api {

/// The constant parts of the OpenAPI document, as JSON.
std::string_view openapi_paths();    ///< an object: the "paths"
std::string_view openapi_schemas();  ///< an object: "components/schemas" but those of request bodies

/// The same of Ollama's API.
std::string_view openapi_ollama_paths();
std::string_view openapi_ollama_schemas();

}  // namespace hearth::api
