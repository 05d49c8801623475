#include "api/error_body.h"

#include <algorithm>

namespace hearth {
namespace {

std::string whole_message(const Error& error) {
  if (error.hint.empty()) return error.message;
  return fmt::format("{} ({})", error.message, error.hint);
}

std::string_view openai_type(const Error& error) {
  const int status = http_status(error);
  if (status == 429) return "rate_limit_exceeded";
  return status < 500 ? "invalid_request_error" : "server_error";
}

std::string_view anthropic_type(const Error& error) {
  switch (http_status(error)) {
    case 400:
      return "invalid_request_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 503:
      return "overloaded_error";
    default:
      return "api_error";
  }
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
      return "model_not_found";
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

Json openai_error(const Error& error, std::string_view code) {
  return {{"error",
           {{"message", whole_message(error)},
            {"type", openai_type(error)},
            {"param", or_null(parameter_of(error))},
            {"code", or_null(code.empty() ? openai_error_code(error) : code)}}}};
}

Json anthropic_error(const Error& error) {
  return {{"type", "error"}, {"error", {{"type", anthropic_type(error)}, {"message", whole_message(error)}}}};
}

}  // namespace hearth
