#pragma once

#include <string_view>

#include "api/call/api_error.h"
#include "api/call/dialect.h"
#include "server/http/message.h"

namespace hearth::server {

/// What of an error its client may know: of what the server itself got wrong the id alone, by which the log
/// has it; paths and the system's reasons stay there.
Error public_error(Error error, std::string_view id);

/// The error as a response of the dialect.
HttpResponse error_response(const api::ApiError& error, const api::Dialect& dialect,
                            std::string_view request_id);

}  // namespace hearth::server
