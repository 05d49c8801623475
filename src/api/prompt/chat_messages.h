#pragma once

#include <string>
#include <string_view>

#include "api/call/json.h"
#include "api/parameters/parameter_reader.h"

namespace hearth::api {

inline constexpr size_t kMaxMessages = 16'384;
inline constexpr size_t kMaxToolCalls = 128;

/// Converts a message of OpenAI's to the form of `text/template/message_form.h`: "developer" becomes
/// "system", function calls and results become those of tools. Errors: kInvalidArgument and kUnsupported
/// naming the member of the message at `path`.
Result<Json> read_chat_message(const Json& message, const std::string& path);

/// The same for all of an array.
Result<Json> read_chat_messages(const Json& messages, const std::string& path);

/// The arguments of a past call as JSON text: a string is unchanged, nothing is an empty object. Error:
/// kInvalidArgument for what is neither a string nor an object.
Result<std::string> read_arguments(ParameterReader& reader, std::string_view name);

}  // namespace hearth::api
