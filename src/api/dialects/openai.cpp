#include "api/dialects/openai.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace hearth::api {
namespace {

std::string_view error_type(int status) {
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

Json or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

/// {"error": {"message", "type", "param", "code"}}; the request's id is in a header.
Json error_body(const ApiError& error, std::string_view) {
  return {{"error",
           {{"message", error.message},
            {"type", error_type(error.status)},
            {"param", or_null(error.parameter)},
            {"code", or_null(error.code)}}}};
}

/// "7s", "1m0s".
std::string duration(double seconds) {
  const auto whole = int64_t(std::ceil(seconds));
  return whole < 60 ? fmt::format("{}s", whole) : fmt::format("{}m{}s", whole / 60, whole % 60);
}

HeaderList rate_limit_headers(const RateLimitState& state) {
  HeaderList headers;
  const auto add = [&](std::string_view what, const std::optional<RateLimitState::Limit>& limit) {
    if (!limit) return;
    headers.emplace_back(fmt::format("x-ratelimit-limit-{}", what), fmt::format("{:.0f}", limit->per_minute));
    headers.emplace_back(fmt::format("x-ratelimit-remaining-{}", what),
                         fmt::format("{:.0f}", std::floor(std::max(limit->remaining, 0.0))));
    headers.emplace_back(fmt::format("x-ratelimit-reset-{}", what), duration(limit->reset_s));
  };
  add("requests", state.requests);
  add("tokens", state.tokens);
  return headers;
}

constexpr std::string_view kPaths[] = {"/"};

constexpr Dialect kOpenAi = {.name = "openai",
                             .paths = kPaths,
                             .key_header = "api-key",
                             .request_id_header = "x-request-id",
                             .base_path = "/v1",
                             .base_url_hint = "the base URL of OpenAI's clients ends in /v1, once",
                             .error_body = error_body,
                             .rate_limit_headers = rate_limit_headers,
                             .framing = &kDataEvents};

}  // namespace

const Dialect* dialect_openai() { return &kOpenAi; }

}  // namespace hearth::api
