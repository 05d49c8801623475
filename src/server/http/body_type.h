#pragma once

#include <expected>

#include "api/call/api_error.h"
#include "server/http/parser.h"

namespace hearth::server {

/// Refuses with 415 a body that cannot be JSON by its headers: a content encoding, or another content type.
/// Defaults of clients pass: no type, that of `curl -d`, text/plain, application/octet-stream.
std::expected<void, api::ApiError> check_body_type(const HttpHead& head);

}  // namespace hearth::server
