#include "api/call/error_body.h"

#include <algorithm>

namespace hearth::api {
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

std::string_view not_found_code(std::string_view parameter) {
  if (parameter == "model") return "model_not_found";
  return parameter == "previous_response_id" ? "previous_response_not_found" : "not_found";
}

Json or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

int http_status(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kCorruptData:
    case ErrorCode::kUnsupported:
    case ErrorCode::kContextOverflow:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kResourceLimit:
      return 413;
    case ErrorCode::kOverloaded:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kIo:
    case ErrorCode::kNoSpace:
    case ErrorCode::kNotFinite:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

std::string_view openai_error_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::kContextOverflow:
      return "context_length_exceeded";
    case ErrorCode::kNotFound:
      return not_found_code(parameter_of(error));
    case ErrorCode::kUnsupported:
      return "unsupported_parameter";
    case ErrorCode::kInvalidArgument:
      return parameter_of(error).empty() ? "" : "invalid_value";
    case ErrorCode::kResourceLimit:
      return "request_too_large";
    case ErrorCode::kOverloaded:
      return "overloaded";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kNotFinite:
      return "not_finite";
    default:
      return "internal_error";
  }
}

std::string_view parameter_of(const Error& error) {
  const std::string_view message = error.message;
  const size_t colon = message.find(": ");
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view path = message.substr(0, colon);
  const bool is_path = std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '[' || c == ']';
  });
  return is_path ? path : std::string_view();
}

Error about(std::string_view path, Error error) {
  if (parameter_of(error).empty()) error.message = fmt::format("{}: {}", path, error.message);
  return error;
}

Status about(std::string_view path, Status status) {
  if (status) return status;
  return std::unexpected(about(path, std::move(status.error())));
}

std::string whole_message(const Error& error) {
  if (error.hint.empty()) return error.message;
  return fmt::format("{} ({})", error.message, error.hint);
}

Json openai_error_body(int status, std::string_view message, std::string_view parameter,
                       std::string_view code) {
  return {{"error",
           {{"message", message},
            {"type", openai_type(status)},
            {"param", or_null(parameter)},
            {"code", or_null(code)}}}};
}

Json openai_error(const Error& error, std::string_view code) {
  return openai_error_body(http_status(error), whole_message(error), parameter_of(error),
                           code.empty() ? openai_error_code(error) : code);
}

Json anthropic_error_body(int status, std::string_view message) {
  return {{"type", "error"}, {"error", {{"type", anthropic_type(status)}, {"message", message}}}};
}

Json anthropic_error(const Error& error) {
  return anthropic_error_body(http_status(error), whole_message(error));
}

}  // namespace hearth::api
