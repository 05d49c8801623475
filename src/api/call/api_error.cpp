#include "api/call/api_error.h"

#include <algorithm>

namespace hearth::api {
namespace {

std::string_view not_found_code(std::string_view parameter) {
  if (parameter == "model") return "model_not_found";
  return parameter == "previous_response_id" ? "previous_response_not_found" : "not_found";
}

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

std::string_view error_code(const Error& error) {
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

ApiError api_error(const Error& error, std::string_view code) {
  return {.status = http_status(error),
          .code = std::string(code.empty() ? error_code(error) : code),
          .message = whole_message(error),
          .parameter = std::string(parameter_of(error))};
}

ApiError run_error(const Error& error, std::string_view code) {
  ApiError told = api_error(error, code);
  if (error.code != ErrorCode::kResourceLimit) return told;
  told.status = 422;
  if (code.empty()) told.code = "grammar_limit";
  return told;
}

}  // namespace hearth::api
