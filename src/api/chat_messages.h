#pragma once

#include "api/json.h"

namespace hearth {

inline constexpr size_t kMaxMessages = 16'384;
inline constexpr size_t kMaxToolCalls = 128;

/// Reads OpenAI's `messages` into the form that chat templates read: contents as one string, "developer" as
/// "system", the arguments of past tool calls as objects. Errors: kInvalidArgument and kUnsupported naming
/// the message.
Result<Json> read_chat_messages(const Json& messages, const std::string& path);

}  // namespace hearth
