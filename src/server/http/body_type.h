#pragma once

#include <expected>

#include "api/call/api_error.h"
#include "server/http/parser.h"

namespace hearth::server {

/// Refuses with 415 a body that is no JSON by what its head says: one that is compressed, or of a type that
/// can be none. What clients write when they mean nothing by it passes: no type at all, that of curl's -d,
/// plain text, bytes.
std::expected<void, api::ApiError> check_body_type(const HttpHead& head);

}  // namespace hearth::server
