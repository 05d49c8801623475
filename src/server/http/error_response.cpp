#include "server/http/error_response.h"

#include <fmt/core.h>

namespace hearth::server {

Error public_error(Error error, std::string_view id) {
  // What a model computes is no secret of the server's.
  if (api::http_status(error) != 500 || error.code == ErrorCode::kNotFinite) return error;
  return {error.code, fmt::format("the server failed on this request ({})", id), {}};
}

HttpResponse error_response(const api::ApiError& error, const api::Dialect& dialect,
                            std::string_view request_id) {
  return {.status = dialect.error_status(error.status),
          .body = api::dump_json(dialect.error_body(error, request_id)),
          .headers = error.headers};
}

}  // namespace hearth::server
