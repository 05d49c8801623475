#include "api/dialects/anthropic.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include <fmt/chrono.h>

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

HeaderList rate_limit_headers(const RateLimitState& state) {
  HeaderList headers;
  const auto add = [&](std::string_view what, const std::optional<RateLimitState::Limit>& limit) {
    if (!limit) return;
    const auto reset = std::time_t(state.now + int64_t(std::ceil(limit->reset_s)));
    const std::string name = fmt::format("anthropic-ratelimit-{}-", what);
    headers.emplace_back(name + "limit", fmt::format("{:.0f}", limit->per_minute));
    headers.emplace_back(name + "remaining",
                         fmt::format("{:.0f}", std::floor(std::max(limit->remaining, 0.0))));
    headers.emplace_back(name + "reset", fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(reset)));
  };
  add("requests", state.requests);
  add("tokens", state.tokens);
  return headers;
}

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
    .rate_limit_headers = rate_limit_headers,
    .framing = &kNamedEvents,
    .keep_alive = ping};

}  // namespace

const Dialect* dialect_anthropic() { return &kAnthropic; }

}  // namespace hearth::api
