#include "api/dialects/anthropic.h"

namespace hearth::api {
namespace {

std::string_view error_type(int status) {
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

/// {"type": "error", "error": {"type", "message"}, "request_id"}.
Json error_body(const ApiError& error, std::string_view request_id) {
  Json body = {{"type", "error"},
               {"error", {{"type", error_type(error.status)}, {"message", error.message}}}};
  if (!request_id.empty()) body["request_id"] = request_id;
  return body;
}

/// "Overloaded" has a status of its own.
int error_status(int status) { return status == 503 ? 529 : status; }

std::optional<StreamFrame> ping() { return StreamFrame{"ping", R"({"type":"ping"})"}; }

constexpr std::string_view kPaths[] = {"/v1/messages"};

constexpr Dialect kAnthropic = {
    .name = "anthropic",
    .paths = kPaths,
    .marker_header = "anthropic-version",
    .key_header = "x-api-key",
    .request_id_header = "request-id",
    .base_url_hint =
        "the base URL of Anthropic's clients ends after the port: they append /v1/messages themselves",
    .error_body = error_body,
    .error_status = error_status,
    .error_event = "error",
    .framing = &kNamedEvents,
    .keep_alive = ping};

}  // namespace

const Dialect* dialect_anthropic() { return &kAnthropic; }

}  // namespace hearth::api
