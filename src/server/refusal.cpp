#include "server/refusal.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "api/error_body.h"

namespace hearth {
namespace {

std::string_view openai_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

nlohmann::ordered_json or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

std::string_view anthropic_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

}  // namespace

Refusal refusal_of(const Error& error, std::string_view request_id) {
  Refusal refusal{.status = http_status(error),
                  .code = std::string(openai_error_code(error)),
                  .message = error.message,
                  .parameter = std::string(parameter_of(error))};
  if (refusal.status == 500) {
    refusal.message = fmt::format("the server failed on this request ({})", request_id);
    refusal.parameter.clear();
  } else if (!error.hint.empty()) {
    refusal.message += fmt::format(" ({})", error.hint);
  }
  if (error.code == ErrorCode::kOverloaded) refusal.headers.emplace_back("Retry-After", "1");
  return refusal;
}

HttpReply reply_of(const Refusal& refusal, Dialect dialect, std::string_view request_id) {
  nlohmann::ordered_json body;
  if (dialect == Dialect::kAnthropic) {
    body = {{"type", "error"},
            {"error", {{"type", anthropic_type(refusal.status)}, {"message", refusal.message}}},
            {"request_id", request_id}};
  } else {
    body = {{"error",
             {{"message", refusal.message},
              {"type", openai_type(refusal.status)},
              {"param", or_null(refusal.parameter)},
              {"code", or_null(refusal.code)}}}};
  }
  HttpReply reply{.status = refusal.status, .headers = refusal.headers};
  // Anthropic's clients know "overloaded" by a status of its own.
  if (dialect == Dialect::kAnthropic && refusal.status == 503) reply.status = 529;
  reply.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return reply;
}

}  // namespace hearth
