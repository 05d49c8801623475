#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace hearth::server {

/// A page for people that lists the operations of an OpenAPI document and their parameters. It needs no
/// script and nothing from elsewhere.
std::string html_reference(const nlohmann::ordered_json& document);

}  // namespace hearth::server
