#include "server/refusal.h"

#include <fmt/core.h>

#include "api/error_body.h"

namespace hearth {
Refusal refusal_of(const Error& error, std::string_view request_id) {
  Refusal refusal{.status = http_status(error),
                  .code = std::string(openai_error_code(error)),
                  .message = whole_message(error),
                  .parameter = std::string(parameter_of(error))};
  // What a model computes is no secret of the server's.
  if (refusal.status == 500 && error.code != ErrorCode::kNotFinite) {
    refusal.message = fmt::format("the server failed on this request ({})", request_id);
    refusal.parameter.clear();
  }
  return refusal;
}

HttpReply reply_of(const Refusal& refusal, Dialect dialect, std::string_view request_id) {
  Json body;
  if (dialect == Dialect::kAnthropic) {
    body = anthropic_error_body(refusal.status, refusal.message);
    body["request_id"] = request_id;
  } else {
    body = openai_error_body(refusal.status, refusal.message, refusal.parameter, refusal.code);
  }
  HttpReply reply{.status = refusal.status, .headers = refusal.headers};
  // Anthropic's clients know "overloaded" by a status of its own.
  if (dialect == Dialect::kAnthropic && refusal.status == 503) reply.status = 529;
  reply.body = dump_json(body);
  return reply;
}

}  // namespace hearth
