#include "server/http/refusal.h"

#include <fmt/core.h>

#include "api/call/error_body.h"

namespace hearth::server {

Error public_error(Error error, std::string_view id) {
  // What a model computes is no secret of the server's.
  if (api::http_status(error) != 500 || error.code == ErrorCode::kNotFinite) return error;
  return {error.code, fmt::format("the server failed on this request ({})", id), {}};
}

Refusal refusal_of(const Error& error, std::string_view request_id) {
  const Error told = public_error(error, request_id);
  return {.status = api::http_status(told),
          .code = std::string(api::openai_error_code(told)),
          .message = api::whole_message(told),
          .parameter = std::string(api::parameter_of(told))};
}

HttpReply reply_of(const Refusal& refusal, Dialect dialect, std::string_view request_id) {
  api::Json body;
  if (dialect == Dialect::kAnthropic) {
    body = api::anthropic_error_body(refusal.status, refusal.message);
    body["request_id"] = request_id;
  } else {
    body = api::openai_error_body(refusal.status, refusal.message, refusal.parameter, refusal.code);
  }
  HttpReply reply{.status = refusal.status, .headers = refusal.headers};
  // Anthropic's clients know "overloaded" by a status of its own.
  if (dialect == Dialect::kAnthropic && refusal.status == 503) reply.status = 529;
  reply.body = api::dump_json(body);
  return reply;
}

}  // namespace hearth::server
