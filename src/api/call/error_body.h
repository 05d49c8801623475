#pragma once

#include <string>
#include <string_view>

#include "api/call/json.h"
#include "base/result.h"

namespace hearth::api {

/// 400 for what the caller can mend, 404, 503 for what may succeed later, 500 for faults of ours.
int http_status(const Error& error);

/// What OpenAI's clients switch on: "model_not_found", "context_length_exceeded", ...; empty where nothing
/// fits.
std::string_view openai_error_code(const Error& error);

/// The parameter that a message is about: messages about one begin with its path and a colon. Empty: none.
std::string_view parameter_of(const Error& error);

/// The same error as one of the member `path`, unless it names a member already.
Error about(std::string_view path, Error error);
Status about(std::string_view path, Status status);

/// The message, and the hint in brackets.
std::string whole_message(const Error& error);

/// {"error": {"message", "type", "param", "code"}}; an empty parameter or code is null.
Json openai_error_body(int status, std::string_view message, std::string_view parameter,
                       std::string_view code);

/// The same for an error; the message ends with the hint. `code` replaces what follows from the error.
Json openai_error(const Error& error, std::string_view code = {});

/// {"type": "error", "error": {"type", "message"}}.
Json anthropic_error_body(int status, std::string_view message);
Json anthropic_error(const Error& error);

}  // namespace hearth::api
