#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hearth::api {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// An error as clients are told it, in no dialect yet.
struct ApiError {
  int status = 400;            ///< of HTTP
  std::string code;            ///< for programs: "invalid_api_key"; may be empty
  std::string message;         ///< for people
  std::string parameter = {};  ///< what it is about, where one parameter is
  HeaderList headers = {};
};

/// 400 for what the caller can mend, 404, 503 for what may succeed later, 500 for faults of ours.
int http_status(const Error& error);

/// What clients switch on: "model_not_found", "context_length_exceeded", ...; empty where nothing fits.
std::string_view error_code(const Error& error);

/// The parameter that a message is about: messages about one begin with its path and a colon. Empty: none.
std::string_view parameter_of(const Error& error);

/// The same error as one of the member `path`, unless it names a member already.
Error about(std::string_view path, Error error);
Status about(std::string_view path, Status status);

/// The message, and the hint in brackets.
std::string whole_message(const Error& error);

/// The error with its hint. `code` replaces what follows from the error, where it is not empty.
ApiError api_error(const Error& error, std::string_view code = {});

/// The same of a request that was taken and then failed: 422 where a limit of its grammar was reached.
ApiError run_error(const Error& error, std::string_view code = {});

}  // namespace hearth::api
